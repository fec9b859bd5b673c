import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { hasSteps } from "../../shared/by-path.ts";
import { QuintetError, systemCode } from "../../shared/errors.ts";

/** Files and folders by URL: `{ "/static": ["static", "vendor"], "/robots.txt": "robots.txt" }`. */
export type StaticMap = Readonly<Record<string, string | readonly string[]>>;

/** One of them, where it really is. */
export interface MappedPath {
  /** A folder's ends with a slash. */
  url: string;
  root: string;
  /** Its name below the root, if it is a file. */
  file?: string;
}

export const STATIC_MAP_FORMS = "a URL and a path, such as /static=var/static";

/** A path without a pattern or a query. */
const URL_PATH = /^\/[^*?#\s\\]*$/;

/**
 * From a record, or from texts such as `/static=var/static`.
 *
 * @param refused throws for what it is given
 */
export function readStaticMap(
  value: unknown,
  refused: (expected: string, wrong?: unknown) => never,
): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const [url, paths] of pairsOf(value, refused)) {
    if (!URL_PATH.test(url) || hasSteps(url)) {
      refused("for a URL that begins with a slash, such as /static or /robots.txt", url);
    }
    const list = typeof paths === "string" ? [paths] : paths;
    const isGood = (each: unknown): boolean =>
      typeof each === "string" && each !== "" && !each.includes("\0");
    if (!Array.isArray(list) || list.length === 0 || !list.every(isGood)) {
      refused(`a folder, a file or a list of folders for ${url}`, paths);
    }
    found[url] = [...(found[url] ?? []), ...(list as string[])];
  }
  return found;
}

function pairsOf(
  value: unknown,
  refused: (expected: string, wrong?: unknown) => never,
): [string, unknown][] {
  if (Array.isArray(value)) {
    return value.map((text: unknown) => {
      const match = typeof text === "string" ? /^([^=]*)=(.+)$/s.exec(text) : null;
      if (match === null) return refused(STATIC_MAP_FORMS, text);
      return [match[1] as string, match[2]];
    });
  }
  if (typeof value === "object" && value !== null) return Object.entries(value);
  return refused(`such as { "/static": "var/static", "/robots.txt": "robots.txt" }`);
}

/**
 * Look at what is there, and write the URL of a folder with a slash at its end.
 *
 * @param folder where a relative path begins
 * @throws {QuintetError} QUINTET_SETTING for a path where nothing is, and for a file where a folder should be
 */
export function findMapped(map: StaticMap, folder: string): StaticMap {
  const found: Record<string, string[]> = {};
  for (const [url, given] of Object.entries(map)) {
    const paths = [given].flat().map((each) => resolve(folder, each));
    for (const path of paths) {
      const stats = lookAt(url, path);
      const isFolder = stats.isDirectory();
      if (!isFolder && !stats.isFile()) throw wrong(url, `${path} is neither a file nor a folder`);
      if (!isFolder && url.endsWith("/")) {
        throw wrong(url, `${path} is a file, and a URL that ends with a slash is that of a folder`);
      }
      if (!isFolder && paths.length > 1)
        throw wrong(url, `${path} is a file, and not the only path`);
      (found[isFolder && !url.endsWith("/") ? `${url}/` : url] ??= []).push(path);
    }
  }
  return found;
}

/** The folders and files of a map that `findMapped` has looked at. */
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

function lookAt(url: string, path: string): ReturnType<typeof statSync> & object {
  try {
    return statSync(path);
  } catch (error) {
    const why = systemCode(error) === "ENOENT" ? `there is no ${path}` : (error as Error).message;
    throw wrong(url, why);
  }
}

function wrong(url: string, why: string): QuintetError {
  const message = `staticMap: ${url}: ${why}.`;
  return new QuintetError("QUINTET_SETTING", message, {
    advice: "It maps a URL to a folder, to several folders, or to one file.",
  });
}
