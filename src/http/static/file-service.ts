import { relative, sep } from "node:path";
import { type MappedPath, mappedPaths } from "../../config/values/static-map.ts";
import type { Settings } from "../../config/settings.ts";
import type { ReportedMount, WorkerFacts } from "../../wire/json-messages.ts";
import type { FilesStatus } from "./static-status.ts";
import type { StaticMount } from "./mounts.ts";

/** What the front serves as static files. */
export interface FileService {
  mounts: StaticMount[];
  status: FilesStatus[];
  /** Settings that have no effect. */
  warnings: string[];
}

type Chosen = Pick<Settings, "static" | "media" | "staticMap">;

/**
 * Decides which files of a project the front serves, and which paths it leaves to the application.
 *
 * @param settings with a staticMap whose paths have been resolved
 * @param reported what the workers have reported about their applications
 */
export function fileService(settings: Chosen, reported: WorkerFacts[]): FileService {
  const django = reported.flatMap((facts) => facts.static ?? []);
  const media = django.filter(({ kind }) => kind === "media").map(({ root }) => root);
  const mapped = mappedPaths(settings.staticMap).map((path) => mountOfMap(path, media));
  const named = django.map((mount) => mountOfDjango(mount, settings[mount.kind]));
  // staticMap comes before Django's settings.
  const mounts = [...mapped, ...named].map((mount) => leavingUploads(mount, named));
  const warnings = (["static", "media"] as const)
    .filter((kind) => settings[kind] === true && !django.some((mount) => mount.kind === kind))
    .map((kind) => `${kind} has no effect: there is no ${kind.toUpperCase()}_ROOT`);
  return { mounts, status: statusOf(mounts), warnings };
}

function mountOfMap({ url, root, file }: MappedPath, media: string[]): StaticMount {
  const uploads = media.some((folder) => isBelow(root, folder));
  const mount: StaticMount = { url, root, confined: true, uploads, left: [] };
  if (file === undefined) return mount;
  // A file that staticMap names may be a link, unless users of the site can replace it by an upload.
  return Object.assign(mount, { file, confined: uploads });
}

function mountOfDjango(
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

/** If the folder of uploads is inside another mount's folder, that mount leaves the same files to the application. */
function leavingUploads(mount: StaticMount, named: StaticMount[]): StaticMount {
  // Nothing is inside a file.
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
 * Warns about files that the project would serve itself, but whose URL is outside the path that the project is mounted on.
 *
 * @param path where the application is mounted; empty for the root
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
