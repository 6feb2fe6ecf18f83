const known = new Set<string>();

/** From now on `value` is taken out of every message that this package writes. */
export function registerSecret(value: string | undefined): void {
  if (value !== undefined && value.length >= 4) known.add(value);
}

const patterns: readonly [RegExp, string][] = [
  // Prefixes of GitLab's tokens: https://docs.gitlab.com/security/tokens/#token-prefixes
  // Just these: a group may well be called "global-services".
  [/\bgl(?:agent|cbt|dt|ffct|ft|imt|oas|pat|ptt|rt|rtr|soat|wt)-[A-Za-z0-9_.-]{8,}/g, "[secret]"],
  [/(\b(?:private_token|access_token|job_token|token)=)[^&\s"]+/gi, "$1[secret]"],
  [/(\b(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{6,}/gi, "$1[secret]"],
  [/(:\/\/)[^/\s@]+@/g, "$1"],
];

/** `text` without credentials: those registered, and whatever looks like one. */
export function redact(text: string): string {
  let clean = text;
  for (const secret of known) clean = clean.replaceAll(secret, "[secret]");
  for (const [pattern, replacement] of patterns) clean = clean.replace(pattern, replacement);
  return clean;
}
