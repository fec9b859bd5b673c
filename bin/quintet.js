#!/usr/bin/env sh
":" //; node --disable-sigusr1 -v >/dev/null 2>&1 && exec node --disable-sigusr1 "$0" "$@"
":" //; exec node "$0" "$@"

// A shell reads the lines above: they start this file with Node, which takes them for two strings. Without the flag a SIGUSR1
// opens Node's debugger to every user of this machine until some JavaScript takes the signal. A Node that is too old for the
// flag is started without it, to say so below. Where somebody has named this file to Node, this is the earliest moment.
process.on("SIGUSR1", () => {});

// Plain JavaScript of an old kind, so that a Node that is too old gets a sentence instead of a syntax error.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    "quintet: QUINTET_NODE_TOO_OLD: this is Node " +
      process.versions.node +
      "; Quintet needs 22.18 or newer.",
  );
  process.exit(2);
}
import("./start.js");
