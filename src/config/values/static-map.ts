import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { hasSteps } from "../../shared/by-path.ts";
import { QuintetError, systemCode } from "../../shared/errors.ts";
import type { Refuse } from "../settings/setting.ts";

/** Files and folders by URL: `{ "/static": ["static", "vendor"], "/robots.txt": "robots.txt" }`. */
export type StaticMap = Readonly<Record<string, string | readonly string[]>>;

/** One folder or file of a static map. */
export interface MappedPath {
  /** Ends with a slash if this is a folder. */
  url: string;
  /** The folder, or the folder that holds the file. */
  root: string;
  /** The file's name. Missing for a folder. */
  file?: string;
}

const STATIC_MAP_FORMS = "a URL and a path, such as /static=var/static";

/** A path without a pattern or a query. */
const URL_PATH = /^\/[^*?#\s\\]*$/;

/**
 * @param value a record, or a list of texts such as `/static=var/static`
 * @param refuse throws QUINTET_SETTING for what is wrong
 */
export function readStaticMap(value: unknown, refuse: Refuse): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [url, paths] of pairsOf(value, refuse)) {
    if (!URL_PATH.test(url) || hasSteps(url))
      refuse("a URL that begins with a slash, such as /static or /robots.txt", url);
    const list = typeof paths === "string" ? [paths] : paths;
    const isPath = (each: unknown): boolean =>
      typeof each === "string" && each !== "" && !each.includes("\0");
    if (!Array.isArray(list) || list.length === 0 || !list.every(isPath))
      refuse(`a folder, a file or a list of folders for ${url}`, paths);
    found[url] = [...(found[url] ?? []), ...(list as string[])];
  }
  return found;
}

function pairsOf(value: unknown, refuse: Refuse): [string, unknown][] {
  if (Array.isArray(value)) {
    return value.map((text: unknown) => {
      const match = typeof text === "string" ? /^([^=]*)=(.+)$/s.exec(text) : null;
      if (match === null) return refuse(STATIC_MAP_FORMS, text);
      return [match[1] as string, match[2]];
    });
  }
  if (typeof value === "object" && value !== null) return Object.entries(value);
  return refuse('a record, such as { "/static": "var/static", "/robots.txt": "robots.txt" }');
}

/**
 * Check that each path exists, make it absolute, and end the URL of each folder with a slash.
 *
 * @param folder where relative paths start
 * @throws {QuintetError} QUINTET_SETTING for a path that does not exist, and for a file where a folder is needed
 */
export function findMapped(map: StaticMap, folder: string): StaticMap {
  const found: Record<string, string[]> = {};
  for (const [url, given] of Object.entries(map)) {
    const paths = [given].flat().map((each) => resolve(folder, each));
    for (const path of paths) {
      const stats = statOf(url, path);
      const isFolder = stats.isDirectory();
      if (!isFolder && !stats.isFile()) throw wrong(url, `${path} is neither a file nor a folder`);
      if (!isFolder && url.endsWith("/")) {
        throw wrong(url, `${path} is a file, but the URL ends with a slash, which means a folder`);
      }
      if (!isFolder && paths.length > 1)
        throw wrong(url, `${path} is a file, so it must be the only path`);
      (found[isFolder && !url.endsWith("/") ? `${url}/` : url] ??= []).push(path);
    }
  }
  return found;
}

/** The folders and files of a map that `findMapped` returned. */
export function mappedPaths(map: StaticMap): MappedPath[] {
  return Object.entries(map).flatMap(([url, paths]) =>
    [paths]
      .flat()
      .map((path) =>
        url.endsWith("/")
          ? { url, root: path }
          : { url, root: dirname(path), file: basename(path) },
      ),
  );
}

function statOf(url: string, path: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path);
  } catch (error) {
    const why =
      systemCode(error) === "ENOENT" ? `${path} does not exist` : (error as Error).message;
    throw wrong(url, why);
  }
}

function wrong(url: string, why: string): QuintetError {
  const message = `staticMap: ${url}: ${why}.`;
  return new QuintetError("QUINTET_SETTING", message, {
    advice: "Map each URL to one folder, to several folders, or to one file.",
  });
}
