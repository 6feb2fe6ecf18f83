import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The keys that may name the folder of the configuration files. `config` with a text is the older one. */
const configFolders =
  /(?:^|[{,])[ \t]*["']?(?:stackConfigDir|config)["']?[ \t]*:[ \t]*["']?([^"'#\r\n{},]+)/gm;

/**
 * The stacks of the program that have a configuration file, which is next to its `Pulumi.yaml` by default. This does not
 * parse the YAML. An extra name only causes a warning. A missing name can cause the deletion of another stack's token.
 */
export function stackNames(folder: string): string[] {
  const project = filesOf(folder).find((file) => /^Pulumi\.(?:ya?ml|json)$/.test(file));
  if (project !== undefined) {
    const matches = [...readFileSync(join(folder, project), "utf8").matchAll(configFolders)];
    const folders = [".", ...matches.map(([, below = "."]) => below.trim())];
    const files = folders.flatMap((below) => filesOf(join(folder, below)));
    return [...new Set(files.flatMap((file) => /^Pulumi\.(.+)\.(?:ya?ml|json)$/.exec(file)?.[1] ?? []))];
  }
  const parent = dirname(folder);
  return parent === folder ? [] : stackNames(parent);
}

/** A folder that cannot be read says nothing. */
function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
