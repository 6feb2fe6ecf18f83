import { createHash } from "node:crypto";

/** Where Pulumi keeps the states, from `PULUMI_BACKEND_URL`; not set: where `pulumi login` said. */
export interface Backend {
  /** For the engines. */
  readonly env: Readonly<Record<string, string>>;
  /** Tells it from others, without the password that its address may hold. */
  readonly name: string;
}

export function backendOf(url: string = process.env["PULUMI_BACKEND_URL"] ?? ""): Backend {
  const name = createHash("sha256").update(url).digest("hex").slice(0, 16);
  return { env: url === "" ? {} : { PULUMI_BACKEND_URL: withoutSidecars(url) }, name };
}

/**
 * Beside each file of a `file://` backend Pulumi writes another with its attributes, not in one step: an engine that
 * is killed in it leaves a state that no Pulumi can read ("failed to load checkpoint: EOF"). They are of no use.
 *
 * @see https://pkg.go.dev/gocloud.dev/blob/fileblob#URLOpener
 */
function withoutSidecars(url: string): string {
  if (!url.startsWith("file://") || /[?&]metadata=/.test(url)) return url;
  return `${url}${url.includes("?") ? "&" : "?"}metadata=skip`;
}
