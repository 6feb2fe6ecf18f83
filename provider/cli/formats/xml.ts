import { escapeMarkup } from "./markup.js";

function escapeText(text: string): string {
  return text.split("\n").map(escapeMarkup).join("\n");
}

export type XmlNode = string | XmlElement;

interface XmlElement {
  readonly element: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly XmlNode[];
}

export function element(
  name: string,
  attributes: XmlElement["attributes"],
  // Not a rest parameter: a report has more tests than a function may have arguments.
  children: readonly XmlNode[],
): XmlElement {
  return { element: name, attributes, children };
}

export function renderXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${lines(root, "").join("\n")}\n`;
}

function lines({ element, attributes, children }: XmlElement, indent: string): string[] {
  const written = Object.entries(attributes).map(
    ([name, value]) => ` ${name}="${escapeMarkup(String(value))}"`,
  );
  const start = `${indent}<${element}${written.join("")}`;
  if (children.length === 0) return [`${start}/>`];
  const texts = children.filter((child) => typeof child === "string");
  // Blanks next to text would belong to the text.
  if (texts.length > 0) return [`${start}>${texts.map(escapeText).join("")}</${element}>`];
  const inner = children.flatMap((child) => (typeof child === "string" ? [] : lines(child, `${indent}  `)));
  return [`${start}>`, ...inner, `${indent}</${element}>`];
}
