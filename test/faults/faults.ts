import type { FaultRule } from "../../provider/testing/index.js";

type Injected = Pick<FaultRule, "when" | "fault">;

const html = "<html><body>Sign in</body></html>";
const answer = (status: number, body: unknown = "", headers: Record<string, string> = {}): Injected => ({
  fault: {
    kind: "respond",
    status,
    headers: { "content-type": typeof body === "string" ? "text/html" : "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  },
});
const after = (injected: Injected): Injected => ({ ...injected, when: "after" });
const textPlain = { "content-type": "text/plain" };

/** Every failure of a request. The names are the rows of the table in README.md. */
export const faults: Readonly<Record<string, Injected>> = {
  "reset before GitLab acted": { fault: { kind: "reset" } },
  "reset after GitLab acted": after({ fault: { kind: "reset" } }),
  "time-out before GitLab acted": { fault: { kind: "hang" } },
  "time-out after GitLab acted": after({ fault: { kind: "hang" } }),
  "slow trickle": { fault: { kind: "trickle", pause: 40 } },
  "truncated body": { fault: { kind: "truncate" } },
  "301 to the same origin": answer(301, "", { location: "/api/v4/projects/2/deploy_tokens/1" }),
  "302 to the same origin": answer(302, "", { location: "/users/sign_in" }),
  "307 to the same origin": answer(307, "", { location: "/api/v4/elsewhere" }),
  "301 to another origin": answer(301, "", { location: "https://elsewhere.test/api/v4/projects/2" }),
  "302 to another origin": answer(302, "", { location: "https://sso.test/?token=abc" }),
  "307 to another origin": answer(307, "", { location: "https://elsewhere.test/" }),
  "400": answer(400, { message: "Scopes can't be blank" }),
  "401": answer(401, { message: "401 Unauthorized" }),
  "403": answer(403, { message: "403 Forbidden" }),
  "403 of the scope": answer(403, {
    error: "insufficient_scope",
    error_description: "Too small.",
    scope: "api",
  }),
  "404 of the token": answer(404, { message: "404 Not found" }),
  "404 of the owner": answer(404, { message: "404 Project Not Found" }),
  "404 of the route": answer(404, { error: "404 Not Found" }),
  "404 of a proxy": answer(404, html),
  "405": answer(405, { message: "Non GET methods are not allowed for moved projects" }),
  "407 of a proxy": answer(407, html),
  "409": answer(409, { message: "409 Conflict: Resource lock" }),
  "429 with Retry-After in seconds": answer(429, "Retry later\n", { ...textPlain, "Retry-After": "0" }),
  "429 with Retry-After as a date": answer(429, "Retry later\n", {
    ...textPlain,
    "Retry-After": new Date(0).toUTCString(),
  }),
  "429 with RateLimit-Reset": answer(429, "Retry later\n", { ...textPlain, "RateLimit-Reset": "1" }),
  "429 without a header": answer(429, "Retry later\n", textPlain),
  "500 before GitLab acted": answer(500, { message: "500 Internal Server Error" }),
  "500 after GitLab acted": after(answer(500, { message: "500 Internal Server Error" })),
  "502 before GitLab acted": answer(502, html),
  "502 after GitLab acted": after(answer(502, html)),
  "503": answer(503, { message: "GitLab Maintenance: system is in maintenance mode" }),
  "504 after GitLab acted": after(answer(504, html)),
  "HTML page with 200": answer(200, html),
  "HTML page with 200 after GitLab acted": after(answer(200, html)),
  "invalid JSON": answer(200, "{", { "content-type": "application/json" }),
  "invalid JSON after GitLab acted": after(answer(201, "{", { "content-type": "application/json" })),
  "JSON of the wrong shape": answer(200, { id: "one" }),
  "JSON of the wrong shape after GitLab acted": after(answer(201, { id: "one" })),
};
