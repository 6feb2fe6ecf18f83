import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

type Files = Readonly<Record<string, string>>;

export function tarball(files: Files): Buffer {
  return packed(files, (folder, file) =>
    execFileSync("tar", [
      "-czf",
      file,
      "-C",
      folder,
      ...new Set(Object.keys(files).map((name) => name.split("/")[0] ?? name)),
    ]),
  );
}

export function zip(files: Files): Buffer {
  return packed(files, (folder, file) =>
    execFileSync("python3", ["-m", "zipfile", "-c", file, ...Object.keys(files)], { cwd: folder }),
  );
}

function packed(files: Files, pack: (folder: string, file: string) => unknown): Buffer {
  const all = mkdtempSync(join(tmpdir(), "archive-"));
  try {
    const folder = join(all, "files");
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
    pack(folder, join(all, "archive"));
    return readFileSync(join(all, "archive"));
  } finally {
    rmSync(all, { recursive: true });
  }
}
