import { randomUUID } from "node:crypto";
import type { Clock } from "./clock.js";

/** GitLab's `container_registry_token_expire_delay` in seconds, also for the dependency proxy. */
const lifetime = 300;

/** Header and claims of a JSON Web Token, before a signature. GitLab backdates `nbf` by five seconds. */
export function unsignedToken(alg: "HS256" | "RS256", claims: object, clock: Clock): string {
  const iat = Math.floor(clock.now().getTime() / 1000);
  const times = { jti: randomUUID(), iat, nbf: iat - 5, exp: iat + lifetime };
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  return `${encode({ typ: "JWT", alg })}.${encode({ ...claims, ...times })}`;
}
