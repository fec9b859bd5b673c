/** `gracefulTimeout` as the flag `graceful-timeout`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `gracefulTimeout` as the variable `QUINTET_GRACEFUL_TIMEOUT`. */
export function variableName(name: string): string {
  return `QUINTET_${flagName(name).replaceAll("-", "_").toUpperCase()}`;
}
