import { generateKeyPairSync, type KeyPairKeyObjectResult, sign, verify } from "node:crypto";
import type { Context, Hono } from "hono";
import { isArchived, isMarkedForDeletion, reaches, sees } from "./access.js";
import { ApiError } from "./api-error.js";
import { accessDenied, basicCredentials, gitClient } from "./basic-credentials.js";
import type { Clock } from "./clock.js";
import { DependencyProxyLogin } from "./dependency-proxy-login.js";
import type { DeployToken } from "./entities.js";
import type { Environment } from "./environment.js";
import { unsignedToken } from "./json-web-token.js";

const service = "container_registry";
const abilities = { pull: "read_registry", push: "write_registry" } as const;

interface Access {
  readonly type: "repository";
  readonly name: string;
  readonly actions: readonly string[];
  readonly meta: object;
}

/**
 * GitLab's token service for the container registry and for the dependency proxy. Of the registry itself, the emulator
 * answers the requests of `docker login` and of a list of tags, on GitLab's own address.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function containerRegistryRoutes(site: Hono, environment: Environment): void {
  const { store, clock, externalUrl, profile } = environment;
  const seal = new Seal(clock);
  const dependencyProxy = new DependencyProxyLogin(clock);

  site.get("/jwt/auth", (context) => {
    const given = basicCredentials(context.req.header("authorization"));
    const token = given === undefined ? undefined : gitClient(environment, given);
    if (given !== undefined && token === undefined) {
      throw refusal(401, "UNAUTHORIZED", accessDenied(environment, "registry"));
    }
    const scopes = context.req.queries("scope")?.flatMap((scope) => scope.split(" ")) ?? [];
    const asked = context.req.query("service");
    if (asked === DependencyProxyLogin.service && profile.dependencyProxyLogin) {
      return context.json({ token: dependencyProxy.issue(token, scopes) });
    }
    if (asked !== service) throw new ApiError(404, "");
    const access = scopes.flatMap((scope) => granted(scope, token, environment));
    const enough = token === undefined ? access.length > 0 : mayLogIn(token);
    if (!enough) throw refusal(403, "DENIED", "access forbidden", { http_status: 403 });
    const authType = token === undefined ? "none" : "deploy_token";
    return context.json({ token: seal.issue({ access, aud: service, auth_type: authType }) });
  });

  const challenge = (context: Context, scope?: string): readonly Access[] => {
    const [, bearer = ""] = /^Bearer\s+(.+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
    const access = seal.open(bearer);
    const [type, name, action = ""] = scope?.split(":") ?? [];
    const enough = access?.some(
      (each) => each.type === type && each.name === name && each.actions.includes(action),
    );
    if (access !== undefined && (scope === undefined || enough)) return access;
    const wrong = access === undefined ? "invalid_token" : "insufficient_scope";
    const wanted = `${scope === undefined ? "" : `,scope="${scope}"`}${bearer === "" ? "" : `,error="${wrong}"`}`;
    throw refusal(
      401,
      "UNAUTHORIZED",
      "authentication required",
      {},
      {
        "www-authenticate": `Bearer realm="${externalUrl()}/jwt/auth",service="${service}"${wanted}`,
        ...version,
      },
    );
  };
  site.get("/v2", (context) => {
    challenge(context);
    return context.json({}, 200, version);
  });
  site.get("/v2/:name{.+/tags/list}", (context) => {
    const name = context.req.param("name").replace(/\/tags\/list$/, "");
    challenge(context, `repository:${name}:pull`);
    const tags = store.find("project", name)?.imageTags ?? [];
    if (tags.length === 0) {
      throw refusal(404, "NAME_UNKNOWN", "repository name not known to registry", {}, version);
    }
    return context.json({ name, tags }, 200, version);
  });
}

const version = { "docker-distribution-api-version": "registry/2.0" };

function refusal(status: number, code: string, text: string, more = {}, headers = {}): ApiError {
  return new ApiError(status, { errors: [{ code, message: text }], ...more }, headers);
}

function mayLogIn({ scopes }: DeployToken): boolean {
  return Object.values(abilities).some((scope) => scopes.includes(scope));
}

/** The actions of a scope such as `repository:<path>:pull,push` that the token allows. */
function granted(scope: string, token: DeployToken | undefined, { store }: Environment): Access[] {
  const [type, name = "", asked = ""] = scope.split(":");
  const project = type === "repository" ? store.find("project", name) : undefined;
  if (project === undefined) return [];
  const actions = asked.split(",").filter((action) => {
    if (token === undefined) return action === "pull" && sees(store, undefined, project);
    if (action === "push" && (isArchived(store, project) || isMarkedForDeletion(store, project)))
      return false;
    const wanted = action === "pull" || action === "push" ? abilities[action] : "";
    return token.scopes.includes(wanted) && reaches(store, token, project);
  });
  const root = store.find("group", project.path.split("/")[0] ?? "");
  const meta = { project_path: project.path, project_id: project.id, root_namespace_id: root?.id ?? null };
  return actions.length === 0 ? [] : [{ type: "repository", name, actions, meta }];
}

/** Signs the token service's grants, and reads them as the registry does. */
class Seal {
  private pair: KeyPairKeyObjectResult | undefined;

  constructor(private readonly clock: Clock) {}

  private get keys(): KeyPairKeyObjectResult {
    this.pair ??= generateKeyPairSync("rsa", { modulusLength: 2048 });
    return this.pair;
  }

  issue(claims: object): string {
    const text = unsignedToken("RS256", { ...claims, iss: "gitlab-issuer" }, this.clock);
    return `${text}.${sign("sha256", Buffer.from(text), this.keys.privateKey).toString("base64url")}`;
  }

  open(jwt: string): readonly Access[] | undefined {
    const [header, claims = "", signature = ""] = jwt.split(".");
    const text = Buffer.from(`${header}.${claims}`);
    if (!verify("sha256", text, this.keys.publicKey, Buffer.from(signature, "base64url"))) return undefined;
    const { access, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as {
      access: Access[];
      exp: number;
    };
    return exp * 1000 > this.clock.now().getTime() ? access : undefined;
  }
}
