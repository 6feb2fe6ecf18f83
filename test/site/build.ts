import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  Application,
  type CommentDisplayPart,
  Converter,
  type DeclarationReflection,
  type ProjectReflection,
  type Reflection,
  ReflectionKind,
  Renderer,
} from "typedoc";

/**
 * `npm run site [-- FOLDER]`: builds plain pages from the doc comments and the guides, in site/. It fails if a doc
 * comment of the main module is incomplete or a link is broken.
 */
async function main(): Promise<void> {
  const [, , out] = process.argv;
  const app = await Application.bootstrapWithPlugins({
    options: join(__dirname, "typedoc.json"),
    ...(out === undefined ? {} : { out }),
  });
  // The heading is the title of a page. The file's name gives the address.
  const titles = new Map<Reflection, string>();
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    titles.set(document, takeHeading(document.content.map((part) => ({ ...part }))));
  });
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    // The first page's title is already the name of the package.
    takeHeading(project.readme ?? []);
    // Hosts of pages leave out files whose names begin with a dot.
    for (const each of titles.keys()) each.name = each.name.replace(/^\.github\//, "");
  });
  app.renderer.on(Renderer.EVENT_BEGIN, ({ project }) => {
    for (const [each, title] of titles) {
      each.name = each.name.startsWith("examples/") ? `Example: ${title}` : title;
    }
    for (const each of project.children ?? []) each.name = moduleNames[each.name] ?? each.name;
  });
  const project = await app.convert();
  if (project === undefined) throw new Error("the sources do not compile");
  // The address of the sources is unknown, so their names have no link.
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
  linkReadme(folder);
  process.stdout.write(`${pages.length} pages\n`);
}

/** The name by which a program imports the module. */
const moduleNames: Readonly<Record<string, string>> = {
  index: "pulumi-gitlab-deploy-tokens",
  testing: "pulumi-gitlab-deploy-tokens/testing",
};

/** Removes the first line, which is the heading, from a page's text. */
function takeHeading(content: CommentDisplayPart[]): string {
  let heading = "";
  for (let part = content[0]; part !== undefined; part = content[0]) {
    const end = part.text.indexOf("\n");
    heading += end < 0 ? part.text : part.text.slice(0, end);
    if (end >= 0) {
      part.text = part.text.slice(end).trimStart();
      break;
    }
    content.shift();
  }
  return heading.replace(/^# /, "").replaceAll("`", "");
}

/** The README's links lead to the repository, so that they work from npm. On the site they lead to its own pages. */
function linkReadme(folder: string): void {
  const index = join(folder, "index.html");
  const html = readFileSync(index, "utf8").replace(
    /(href|src)="(?:https:\/\/github\.com|https:\/\/raw\.githubusercontent\.com)\/(?:pulumi-gitlab-deploy-tokens\/){2}(?:blob\/)?main\/([^"#]+)/g,
    (link, attribute: string, file: string) => {
      const page = file.endsWith(".md")
        ? `documents/${file
            .replace(/\.md$/, ".html")
            .replace(/^\.github\//, "")
            .replaceAll("/", "_")}`
        : `media/${basename(file)}`;
      return existsSync(join(folder, page)) ? `${attribute}="${page}` : link;
    },
  );
  writeFileSync(index, html);
}

/** Checks that typedoc's own validation lacks. */
function gaps(project: ProjectReflection): string[] {
  const index = project.children?.find(({ name }) => name === "index");
  if (index?.children === undefined) throw new Error("the main module is not there");
  return index.children.flatMap((each) => [...members(each), ...example(each)]);
}

/** Each property of this package must have a description. */
function members(of: DeclarationReflection): string[] {
  return (of.children ?? [])
    .filter((each) => each.kindOf(ReflectionKind.Property) && !each.hasComment())
    .filter((each) => each.sources?.every(({ fileName }) => !fileName.includes("node_modules")) ?? true)
    .map((each) => `${of.name}.${each.name} does not say what it is`);
}

/** Classes and functions must have an example and a link to GitLab's or Pulumi's documentation. */
function example(of: DeclarationReflection): string[] {
  const isTwin = of.name.endsWith("Output");
  if (!of.kindOf([ReflectionKind.Class, ReflectionKind.Function]) || isTwin) return [];
  const comment = of.comment ?? of.signatures?.[0]?.comment;
  const lacks = (["@example", "@see"] as const).filter((tag) => comment?.getTag(tag) === undefined);
  return lacks.map((tag) => `${of.name} has no ${tag}`);
}

void main();
