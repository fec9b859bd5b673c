import type { InputStream } from "./types.ts";
import { WsgiViolation } from "./violation.ts";

const SECTION = "Input and Error Streams";
const METHODS = new Set<PropertyKey>(["read", "readline", "readlines"]);

/** wsgi.input whose arguments and results are checked, and that cannot be closed by the application. */
export function checkedInput<Input extends InputStream>(input: Input): Input {
  return new Proxy(input, {
    get(target, name) {
      if (name === "close")
        throw new WsgiViolation(SECTION, "wsgi.input is closed by the server alone");
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      if (!METHODS.has(name)) return value.bind(target) as unknown;
      return (...args: unknown[]) => {
        if (args.length > 1) {
          throw new WsgiViolation(SECTION, `${String(name)}() was given ${args.length} arguments`);
        }
        const [size] = args;
        if (size !== undefined && !Number.isInteger(size)) {
          throw new WsgiViolation(
            SECTION,
            `${String(name)}() was given ${String(size)}, no whole number`,
          );
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
