import { join } from "node:path";
import type { TestContext } from "node:test";
import { apps } from "./paths.ts";
import { serve } from "./serve.ts";
import type { Running } from "./server.ts";
import { folderWith } from "./temp.ts";

export const gallery: string = join(apps, "gallery");

/** The folder of a gallery, with the routes that its urls.py defines under this name. */
export function galleryFolder(routes: string, files: Record<string, string> = {}): string {
  return folderWith({
    ROUTES: routes,
    "static/site.css": "css of STATIC_ROOT",
    "static/js/config.js": "js of STATIC_ROOT",
    "assets/site.css": "css of the sources",
    "media/photo.txt": "photo",
    "media/private/letter.txt": "letter",
    "media/privately.txt": "no letter",
    ...files,
  });
}

/** A server for it. */
export function serveGallery(
  t: TestContext,
  root: string,
  {
    target = "gallery.wsgi",
    args = [],
    env = {},
  }: { target?: string; args?: string[]; env?: NodeJS.ProcessEnv } = {},
): Promise<Running> {
  return serve(t, target, { cwd: gallery, args, env: { GALLERY_ROOT: root, ...env } });
}
