import type { InputStream } from "./types.ts";
import { WsgiViolation } from "./violation.ts";

const SECTION = "Input and Error Streams";
const METHODS = new Set<PropertyKey>(["read", "readline", "readlines"]);

/** A wsgi.input that checks its arguments and results, and that an application cannot close. */
export function checkedInput<Input extends InputStream>(input: Input): Input {
  return new Proxy(input, {
    get(target, name) {
      if (name === "close")
        throw new WsgiViolation(SECTION, "Only the server may close wsgi.input");
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (!METHODS.has(name)) return value.bind(target) as unknown;
      return (...args: unknown[]) => {
        if (args.length > 1) {
          throw new WsgiViolation(SECTION, `${String(name)}() got ${args.length} arguments`);
        }
        const [size] = args;
        if (size !== undefined && !Number.isInteger(size)) {
          throw new WsgiViolation(SECTION, `${String(name)}() got ${String(size)}, not an integer`);
        }
        const result: unknown = value.apply(target, args);
        if (
          name !== "readlines" &&
          !(result instanceof Uint8Array) &&
          !(result instanceof Promise)
        ) {
          throw new WsgiViolation(
            SECTION,
            `${String(name)}() returned a ${typeof result}, not bytes`,
          );
        }
        return result;
      };
    },
  });
}
