#!/usr/bin/env node
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
