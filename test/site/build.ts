import { readdirSync } from "node:fs";
import { join } from "node:path";
import {
  Application,
  Converter,
  type DeclarationReflection,
  type ProjectReflection,
  ReflectionKind,
} from "typedoc";

/**
 * `npm run site [-- FOLDER]`: plain pages from the doc comments and the guides, in site/. Anything that is left to say in a
 * doc comment of the main module, or a link that leads nowhere, fails it.
 */
async function main(): Promise<void> {
  const [, , out] = process.argv;
  const app = await Application.bootstrapWithPlugins({
    options: join(__dirname, "typedoc.json"),
    ...(out === undefined ? {} : { out }),
  });
  // The examples' files are all README.md: their pages are called what the heading says.
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const text = document.content.map((part) => part.text).join("");
    if (document.name === "README") document.name = `Example: ${/^# (.+)$/m.exec(text)?.[1]}`;
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("the sources do not compile");
  // Where the sources can be read is not known: their names stay, without a link.
  for (const each of project.getReflectionsByKind(ReflectionKind.All)) {
    if (each.isDeclaration() || each.isSignature())
      for (const source of each.sources ?? []) delete source.url;
  }
  app.validate(project);
  for (const gap of gaps(project)) app.logger.warn(gap);
  await app.generateOutputs(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
  const folder = app.options.getValue("out");
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".html"),
  );
  process.stdout.write(`${pages.length} pages\n`);
}

/** What typedoc's own validation does not ask for. */
function gaps(project: ProjectReflection): string[] {
  const index = project.children?.find(({ name }) => name === "index");
  if (index?.children === undefined) throw new Error("the main module is not there");
  return index.children.flatMap((each) => [...members(each), ...example(each)]);
}

/** Each property of our own has a purpose. */
function members(of: DeclarationReflection): string[] {
  return (of.children ?? [])
    .filter((each) => each.kindOf(ReflectionKind.Property) && !each.hasComment())
    .filter((each) => each.sources?.every(({ fileName }) => !fileName.includes("node_modules")) ?? true)
    .map((each) => `${of.name}.${each.name} does not say what it is`);
}

/** Classes and functions show how they are used, and where GitLab or Pulumi describes what they do. */
function example(of: DeclarationReflection): string[] {
  const isTwin = of.name.endsWith("Output");
  if (!of.kindOf([ReflectionKind.Class, ReflectionKind.Function]) || isTwin) return [];
  const comment = of.comment ?? of.signatures?.[0]?.comment;
  const lacks = (["@example", "@see"] as const).filter((tag) => comment?.getTag(tag) === undefined);
  return lacks.map((tag) => `${of.name} has no ${tag}`);
}

void main();
