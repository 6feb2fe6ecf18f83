import { isRecord } from "../gitlab/error-body.js";
import { invalid, invalidArgument } from "../invalid-argument.js";
import { tokenTypes } from "../pulumi-package.js";
import { parseResourceId } from "../resource-id.js";
import { parsed } from "./deployment.js";
import { readText } from "./input-file.js";

/** One token to import, in the fields of Pulumi's own import file. */
interface ImportEntry {
  /** Pulumi's type. */
  readonly type: string;
  readonly name: string;
  /** `acme/app:42`. */
  readonly id: string;
  /** The token's value; undefined if it is unknown. */
  readonly token: string | undefined;
  /** The fields that only Pulumi reads, such as `parent` and `provider`. */
  readonly rest: Readonly<Record<string, unknown>>;
}

export interface ImportFile {
  readonly entries: readonly ImportEntry[];
  /** The names that `parent` and `provider` use. */
  readonly nameTable: unknown;
}

/** Pulumi's types, by class. */
export const resourceTypes: Readonly<Record<string, string>> = {
  ProjectDeployToken: tokenTypes.project,
  GroupDeployToken: tokenTypes.group,
};

/** Checks one token to import. `where` names its place in the file or on the command line. */
export function importEntry(where: string, given: Readonly<Record<string, unknown>>): ImportEntry {
  const { type: givenType, name, id, token, ...rest } = given;
  const type =
    resourceTypes[String(givenType)] ?? Object.values(resourceTypes).find((each) => each === givenType);
  if (type === undefined) {
    throw invalidArgument(`${where}: the type`, givenType, Object.keys(resourceTypes).join(" or "));
  }
  if (typeof name !== "string" || name === "") {
    throw invalidArgument(`${where}: the name`, name, "the resource's name, a non-empty string");
  }
  const found = typeof id === "string" ? parseResourceId(id) : undefined;
  if (found?.owner === undefined || found.deployTokenId === undefined) {
    const wanted = `the project or group and the deploy token's id, such as "acme/app:42"`;
    throw invalidArgument(`${where}: the id`, id, wanted);
  }
  if (token !== undefined && token !== null && !isValue(token)) {
    throw invalid(`${where}: the token is not a deploy token's value; wanted: the value alone, or null`);
  }
  return { type, name, id: String(id), token: isValue(token) ? token : undefined, rest };
}

/** Whether a text can be a token's value: one line without spaces. */
export function isValue(value: unknown): value is string {
  return typeof value === "string" && /^[\x21-\x7e]+$/.test(value);
}

/** Reads `--file`: Pulumi's import file, in which each resource can have its `token`. */
export async function readImportFile(file: string): Promise<ImportFile> {
  const given = await readText("--file", file, "an import file, such as audit --emit import writes");
  const wanted = 'JSON such as {"resources": [{"type", "name", "id", "token"}]}';
  const json = parsed(given);
  if (json === undefined) throw invalid(`--file ${file} is not JSON; wanted: ${wanted}`);
  const resources = isRecord(json) ? json["resources"] : undefined;
  if (!isRecord(json) || !Array.isArray(resources) || resources.length === 0) {
    throw invalid(`--file ${file} has no resources; wanted: ${wanted}`);
  }
  const ids = new Set<string>();
  const entries = resources.map((each: unknown, index) => {
    const where = `--file ${file}, resource ${index + 1}`;
    const entry = importEntry(where, isRecord(each) ? each : {});
    // The value is found by the id, which is not unique across several GitLabs.
    if (ids.has(entry.id)) {
      throw invalid(
        `${where}: ${entry.id} is in the file twice; wanted: each token once, and one file for each GitLab`,
      );
    }
    ids.add(entry.id);
    return entry;
  });
  return { entries, nameTable: json["nameTable"] };
}

/** The import file for Pulumi, without the values. */
export function pulumiImportFile({ entries, nameTable }: ImportFile): string {
  const resources = entries.map(({ type, name, id, rest }) => {
    // With inputs and outputs, the engine would not read the token.
    const { inputs: _inputs, outputs: _outputs, ...kept } = rest;
    return { type, name, id, ...kept };
  });
  return JSON.stringify({ ...(nameTable === undefined ? {} : { nameTable }), resources });
}
