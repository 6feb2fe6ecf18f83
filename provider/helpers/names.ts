import type * as pulumi from "@pulumi/pulumi";
import { badArgument, mapInput } from "./source.js";

interface NameRule {
  readonly pattern: RegExp;
  readonly wanted: string;
}

const elementName: NameRule = {
  pattern: /^[A-Za-z_][\w.-]*$/,
  wanted: "a name of letters, digits and _ . -",
};

/** The name of an entry in its file: of an XML element, a section or a property. */
export function entryName(
  label: string,
  argument: string,
  given: pulumi.Input<string | undefined>,
  otherwise: string,
  { pattern, wanted }: NameRule = elementName,
): pulumi.Input<string> {
  return mapInput({ given }, ({ given: name = otherwise }: { given: string | undefined }) => {
    if (typeof name === "string" && pattern.test(name)) return name;
    throw badArgument(label, argument, name, `${wanted}, such as "${otherwise}"`);
  });
}

/** Text inside XML. A deploy token can have no other character with a meaning there. */
export function xml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
