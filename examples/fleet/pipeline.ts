import { optionsOf, readDeclaration, type TeamDeclaration } from "./declaration";

// Prints the child pipeline of fleet.json for $CI_PIPELINE_SOURCE. JSON is YAML.

const { teams } = readDeclaration();
const command = "npx pulumi-gitlab-deploy-tokens";

/** GitLab runs a job again if the runner failed, and never if `pulumi` failed. */
const retry = { max: 2, when: ["runner_system_failure", "scheduler_failure", "stale_schedule"] };

/** One job at a time for each stack. The name is literal: a variable that does not expand would lock nothing. */
const alone = ({ name }: TeamDeclaration) => ({
  resource_group: `pulumi/${name}`,
  interruptible: false,
  retry,
});

const select = ({ name }: TeamDeclaration) => `pulumi stack select --create ${name}`;

/** A killed job leaves its lock in the backend, and perhaps tokens that no state has. README.md says when this is safe. */
const recover = (team: TeamDeclaration) => {
  const prune = `${command} prune --left-by-killed-run --yes --stack ${team.name} ${optionsOf([team]).join(" ")}`;
  const clear = `pulumi refresh --yes --skip-preview --clear-pending-creates --stack ${team.name}`;
  return [
    `if [ "$PULUMI_CANCEL" = true ]; then pulumi cancel --yes ${team.name}; fi`,
    `if pulumi stack export --stack ${team.name} | grep -q '"pending_operations"'; then ${prune} && ${clear} || true; fi`,
  ];
};

const audit = {
  stage: "audit",
  when: "always",
  script: [
    `${command} audit --fail-on unknown ${teams.map(({ name }) => `--stack ${name}`).join(" ")} ${optionsOf(teams).join(" ")}`,
  ],
};

type Jobs = Record<string, object>;
const forEachTeam = (verb: string, job: (team: TeamDeclaration) => object): Jobs =>
  Object.fromEntries(teams.map((team) => [`${verb} ${team.name}`, { stage: "stacks", ...job(team) }]));

const jobs: Record<string, () => Jobs> = {
  merge_request_event: () =>
    forEachTeam("preview", (team) => ({
      interruptible: true,
      script: [select(team), `pulumi preview --diff --stack ${team.name}`],
    })),
  schedule: () =>
    forEachTeam("drift", (team) => ({
      ...alone(team),
      script: [`pulumi refresh --preview-only --expect-no-changes --stack ${team.name}`],
    })),
  push: () => ({
    ...forEachTeam("up", (team) => ({
      ...alone(team),
      script: [select(team), ...recover(team), `pulumi up --yes --skip-preview --stack ${team.name}`],
    })),
    audit,
  }),
};

const pipeline = {
  stages: ["stacks", "audit"],
  // Without a rule, GitLab leaves out the jobs of a merge request's child pipeline.
  workflow: { rules: [{ when: "always" }] },
  default: { before_script: ["npm ci"] },
  ...(jobs[process.argv[2] ?? ""] ?? jobs["push"])?.(),
};
process.stdout.write(`${JSON.stringify(pipeline, null, 2)}\n`);
