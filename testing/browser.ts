import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { inCI } from "./paths.ts";
import { PATIENCE } from "./wait.ts";

const CANDIDATES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const executablePath = [process.env.CHROMIUM ?? "", ...CANDIDATES].find((path) => existsSync(path));

/** For a test's `skip`: why it cannot run here. In CI nothing is skipped: there it fails. */
export const withoutBrowser: string | false =
  !executablePath && !inCI && "Chromium is not installed (apt-get install chromium)";

// A browser that does what it is told and nothing else: no sandbox, because tests may run as root in a container;
// no look at the network of its own.
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export async function startBrowser(): Promise<Browser> {
  if (!executablePath) throw new Error("Chromium is not installed.");
  return await chromium.launch({
    executablePath,
    args: FLAGS,
    headless: true,
    timeout: 2 * PATIENCE,
  });
}

/** A browser window, with all problems that its console and network reported. */
export interface Visit {
  context: BrowserContext;
  page: Page;
  problems: string[];
}

/** @param refused expected statuses; any other status from 400 on is a problem */
export async function visit(
  context: BrowserContext,
  options: { refused?: number[] } = {},
): Promise<Visit> {
  const page = await context.newPage();
  const problems: string[] = [];
  const isExpected = (status: number): boolean => options.refused?.includes(status) ?? false;
  page.on("pageerror", (error) => problems.push(`script: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    // The browser reports again what "response" handles below.
    if (message.text().startsWith("Failed to load resource")) return;
    problems.push(`console: ${message.text()}`);
  });
  page.on("response", (response) => {
    const status = response.status();
    if (status >= 400 && !isExpected(status)) problems.push(`${status}: ${response.url()}`);
  });
  page.on("requestfailed", (request) => {
    const why = request.failure()?.errorText ?? "";
    // The browser's own doing: a page that became a download, an icon of a page that was left.
    if (why === "net::ERR_ABORTED") return;
    problems.push(`${why}: ${request.url()}`);
  });
  page.setDefaultTimeout(2 * PATIENCE);
  return { context, page, problems };
}
