import { relative, sep } from "node:path";
import { type MappedPath, mappedPaths } from "../config/static-map.ts";
import type { Settings } from "../config/settings.ts";
import type { ReportedMount, WorkerFacts } from "../wire/json-messages.ts";
import type { FilesStatus } from "./file-lines.ts";
import type { StaticMount } from "./mounts.ts";

/** The files that the front serves. */
export interface FileService {
  mounts: StaticMount[];
  status: FilesStatus[];
  /** Settings that mean nothing here. */
  warnings: string[];
}

type Chosen = Pick<Settings, "static" | "media" | "staticMap">;

/**
 * What the front serves of a project, and what it leaves to it.
 *
 * @param settings with a staticMap whose paths have been looked at
 * @param reported what the Python workers say of themselves
 */
export function fileService(settings: Chosen, reported: WorkerFacts[]): FileService {
  const django = reported.flatMap((facts) => facts.static ?? []);
  const media = django.filter(({ kind }) => kind === "media").map(({ root }) => root);
  const mapped = mappedPaths(settings.staticMap).map((path) => ofMap(path, media));
  const named = django.map((mount) => ofDjango(mount, settings[mount.kind]));
  // What staticMap names comes before what Django's settings name.
  const mounts = [...mapped, ...named].map((mount) => withoutUploads(mount, named));
  const warnings = (["static", "media"] as const)
    .filter((kind) => settings[kind] === true && !django.some((mount) => mount.kind === kind))
    .map((kind) => `${kind} has no effect: there is no ${kind.toUpperCase()}_ROOT`);
  return { mounts, status: statusOf(mounts), warnings };
}

function ofMap({ url, root, file }: MappedPath, media: string[]): StaticMount {
  const uploads = media.some((folder) => isBelow(root, folder));
  const mount: StaticMount = { url, root, confined: true, uploads, left: [] };
  if (file === undefined) return mount;
  // A file that is named may be a link, unless others can make it one.
  return Object.assign(mount, { file, confined: uploads });
}

function ofDjango(
  { kind, url, root, relative: isRelative, left = [] }: ReportedMount,
  chosen: Settings["static"],
): StaticMount {
  const never = [{ below: "", exact: false, why: `${kind} is false` }];
  return {
    url,
    root,
    relative: isRelative === true,
    confined: kind === "media",
    uploads: kind === "media",
    left: chosen === "auto" ? left : chosen ? [] : never,
  };
}

/** If the folder of uploads is inside another one, what is left to the application is left there, too. */
function withoutUploads(mount: StaticMount, named: StaticMount[]): StaticMount {
  // A file has nothing inside.
  if (mount.file !== undefined) return mount;
  const inside = named.filter(
    ({ uploads, root }) => uploads && root !== mount.root && isBelow(root, mount.root),
  );
  const left = inside.flatMap((uploads) => {
    const folder = `${relative(mount.root, uploads.root)}/`;
    return uploads.left.map(({ below, exact, why }) => ({ below: folder + below, exact, why }));
  });
  return { ...mount, left: [...mount.left, ...left] };
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function statusOf(mounts: StaticMount[]): FilesStatus[] {
  const found = new Map<string, FilesStatus>();
  for (const { url, root, file, left } of mounts) {
    const status = found.get(url) ?? { url, from: [], left: [] };
    found.set(url, status);
    if (!left.some(({ below }) => below === "")) {
      status.from.push(
        file === undefined ? root : `${root}${root.endsWith(sep) ? "" : sep}${file}`,
      );
    }
    for (const { below, why } of left) status.left.push({ url: url + below, why });
  }
  return [...found.values()];
}

/**
 * Of files that the project answers itself, those whose URL it never gets, because it is mounted below another path.
 *
 * @param path where it is mounted; empty for the root
 */
export function outsideWarnings(
  { mounts }: FileService,
  settings: Pick<Settings, "static" | "media">,
  path: string,
): string[] {
  if (path === "") return [];
  return mounts.flatMap(({ url, uploads, relative: isRelative, left }) => {
    const isInside = isRelative || url.startsWith(`${path}/`);
    const kind = uploads ? "media" : "static";
    const isAnswered = settings[kind] === "auto" && left.some(({ below }) => below === "");
    if (isInside || !isAnswered) return [];
    const name = `${kind.toUpperCase()}_URL`;
    return [
      `${name} is ${url}, outside of ${path}: pages link to it, but such requests are answered 404. ` +
        `Write ${name} = "${url.slice(1)}", which begins at ${path}, or have the proxy serve ${url}`,
    ];
  });
}
