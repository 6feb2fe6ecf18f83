// Writes a stack's output `variables` into another project's CI/CD variables:
//   pulumi stack output variables --show-secrets --json | node hand-over.mjs acme/tools
// Secrets come by standard input and the environment, never as arguments, which every process can see.
import { text } from "node:stream/consumers";

const [project = ""] = process.argv.slice(2);
const { GITLAB_BASE_URL = "https://gitlab.com", GITLAB_TOKEN = "" } = process.env;
const base = GITLAB_BASE_URL.replace(/\/+$/, "").replace(/\/api\/v4$/, "");
const url = `${base}/api/v4/projects/${encodeURIComponent(project)}/variables`;

async function send(method, path, variable) {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${GITLAB_TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify(variable),
  });
  if (response.ok || (method === "PUT" && response.status === 404)) return response.ok;
  throw new Error(
    `${method} ${project}/variables${path} answered ${response.status}: ${await response.text()}`,
  );
}

for (const variable of JSON.parse(await text(process.stdin))) {
  const { key } = variable;
  const handedOver = { ...variable, protected: true };
  const isThere = await send("PUT", `/${key}`, handedOver);
  if (!isThere) await send("POST", "", handedOver);
  console.log(`${key} ${isThere ? "updated" : "made"} in ${project}`);
}
