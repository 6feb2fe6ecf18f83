/** A promise, the change that breaks it, and the test that must notice. */
export interface Mutation {
  readonly promise: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly test: string;
  readonly name: string;
}

export const mutations: readonly Mutation[] = [
  {
    promise: "the orphan of a lost answer is looked for",
    file: "provider/lifecycle/mint.ts",
    find: "await search().catch(",
    replace: "await Promise.resolve().catch(",
    test: "test/lifecycle/lost-answers.test.ts",
    name: "after GitLab made the token",
  },
  {
    promise: "the search notices a lost orphan by itself",
    file: "provider/lifecycle/mint.ts",
    find: "await search().catch(",
    replace: "await Promise.resolve().catch(",
    test: "test/faults/search.test.ts",
    name: "no history of programs",
  },
  {
    promise: "a POST is never sent again blindly",
    file: "provider/gitlab/retry-policy.ts",
    find: 'if (error.config?.method?.toLowerCase() === "post") return false;',
    replace: "",
    test: "test/gitlab/client.test.ts",
    name: "never sends a POST again",
  },
  {
    promise: "one gate holds all requests back",
    file: "provider/gitlab/gate.ts",
    find: "this.opensAt = Math.max(this.opensAt, Date.now() + milliseconds);",
    replace: "",
    test: "test/gitlab/client.test.ts",
    name: "holds every request of the process back",
  },
  {
    promise: "credentials are taken out of every error",
    file: "provider/gitlab/errors.ts",
    find: "super(redact(message));",
    replace: "super(message);",
    test: "test/faults/redaction.test.ts",
    name: "credentials are taken out when the error is made",
  },
  {
    promise: "everything uses the owner's numeric id",
    file: "provider/lifecycle/presence.ts",
    find: "if (state.ownerId !== undefined) return { kind, id: state.ownerId };",
    replace: "if (state.ownerId !== undefined) return { kind, id: state.owner };",
    test: "test/lifecycle/lifecycle.test.ts",
    name: "is no danger to a token made by it",
  },
  {
    promise: "an operation that begins later has its own limit",
    file: "provider/lifecycle/session.ts",
    find: " || this.limit.signal.aborted || at - this.limit.since > sharing",
    replace: "",
    test: "test/lifecycle/session.test.ts",
    name: "is that of one that began just before, and a later one has its own",
  },
  {
    promise: "an owner's 404 is no proof",
    file: "provider/lifecycle/presence.ts",
    find: 'if (hasCode(error, "deploy_token_not_found") && isNumericId(state.ownerId ?? state.owner)) return;',
    replace: "return;",
    test: "test/lifecycle/lifecycle.test.ts",
    name: "is an owner that answers 404 to this access token",
  },
  {
    promise: "only younger tokens are candidates",
    file: "provider/lifecycle/orphan.ts",
    find: "token.deployTokenId > above &&",
    replace: "",
    test: "test/lifecycle/lost-answers.test.ts",
    name: "leaves alone an equal token that was there before",
  },
  {
    promise: "an absence from a list is not believed without a GET",
    file: "provider/gitlab/deploy-token-reads.ts",
    find: "private hasGet = true;",
    replace: "private hasGet = false;",
    test: "test/gitlab/deploy-token-reads.test.ts",
    name: "an absence from the list is not believed before GitLab says so",
  },
];
