import type { AuditedOwner, AuditedToken } from "./audit-report.js";

/**
 * Names of resources and configuration keys for an emitted program, such as `acme-app-cluster-pull`. Other scripts are
 * transliterated. Where several tokens would have the same name, each one gets its id too.
 */
export async function uniqueNames(
  tokens: readonly { readonly token: AuditedToken; readonly owner: AuditedOwner }[],
): Promise<string[]> {
  const { default: transliterate } = await import("any-ascii");
  let names = tokens.map(({ token, owner }) =>
    slug(transliterate(`${owner.path}-${token.name.normalize("NFC")}`)),
  );
  for (;;) {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    if (counts.size === names.length) return names;
    names = names.map((name, index) =>
      counts.get(name) === 1 ? name : `${name}-${tokens[index]?.token.deployTokenId}`,
    );
  }
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "");
}
