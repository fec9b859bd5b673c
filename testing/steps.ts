import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { folderWith } from "./temp.ts";

const app = `
import os
import time


def wait(step):
    while not os.path.exists(step):
        time.sleep(0.01)


def application(environ, start_response):
    view, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    if view == "/write":
        write(b"first ")
        wait("second")
        write(b"second ")
        wait("third")
        return [b"third"]
    if view == "/file":
        open("begun", "w").close()
        wait("go")
        return environ["wsgi.file_wrapper"](open(query, "rb"))
    return {"/stream": stream, "/endless": endless}[view](int(query))


def stream(size):
    for _ in range(size // 10_000):
        yield b"." * 10_000
    for step in (b"first", b"second", b"third"):
        wait(step)
        yield step + b" "


def endless(size):
    for _ in range(size // 10_000):
        yield b"." * 10_000
    while True:
        time.sleep(0.02)
        yield b"tick "
`;

/** An application, steps.py in its own folder, that continues only when the test says so. */
export interface Steps {
  cwd: string;
  /** Let it take the step of this name: first, second and third of a stream, second and third of /write, go of /file. */
  go(step: string): void;
}

/** @param files beside the application, such as those that it sends */
export function steps(files: Record<string, string> = {}): Steps {
  const cwd = folderWith({ "steps.py": app, ...files });
  return { cwd, go: (step) => writeFileSync(join(cwd, step), "") };
}
