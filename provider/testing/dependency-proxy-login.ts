import { createHmac, randomBytes } from "node:crypto";
import { ApiError } from "./api-error.js";
import type { Clock } from "./clock.js";
import type { DeployToken } from "./entities.js";
import { unsignedToken } from "./json-web-token.js";

/** A deploy token needs both scopes of one pair. */
const scopePairs = [
  ["read_registry", "write_registry"],
  ["read_virtual_registry", "write_virtual_registry"],
] as const;

/**
 * `Auth::ContainerProxyAuthenticationService`: the dependency proxy's token. Its claims contain the deploy token's
 * value. Its key differs from the container registry's key, so neither service accepts the other's token.
 *
 * @see https://docs.gitlab.com/user/packages/dependency_proxy/#authenticate-with-the-dependency-proxy-for-container-images
 */
export class DependencyProxyLogin {
  static readonly service = "dependency_proxy";
  private readonly key = randomBytes(32);

  constructor(private readonly clock: Clock) {}

  /** Issues a token, or answers 403. GitLab checks the group only when the client pulls an image. */
  issue(token: DeployToken | undefined, scopes: readonly string[]): string {
    if (token === undefined || !mayLogIn(token)) {
      throw new ApiError(403, { message: "access forbidden", status: "error", http_status: 403 });
    }
    const isVirtual = scopes.some((scope) => scope.includes("virtual_registries/container/"));
    const serviceType = isVirtual ? "virtual_registry" : DependencyProxyLogin.service;
    const claims = {
      deploy_token: token.token,
      ...(scopes.length === 0 ? {} : { service_type: serviceType }),
    };
    const text = unsignedToken("HS256", claims, this.clock);
    return `${text}.${createHmac("sha256", this.key).update(text).digest("base64url")}`;
  }
}

/** `valid_for_dependency_proxy?` of a deploy token that is active. */
function mayLogIn({ kind, scopes }: DeployToken): boolean {
  return kind === "group" && scopePairs.some((pair) => pair.every((scope) => scopes.includes(scope)));
}
