import type { ApplicationSetting, Settings } from "./settings.ts";

/**
 * Options of getWsgiApplication() and getPythonApplication(). In a program of your own they configure the workers that the
 * application starts. Under `quintet` they are defaults for the server's settings.
 */
export type ApplicationOptions = Partial<Pick<Settings, ApplicationSetting>> & {
  /**
   * The folder of the Python project, from which Python imports. A relative path starts in the current folder. Default: the
   * folder of the file that calls `getWsgiApplication()` or `getPythonApplication()`.
   */
  project?: string;
};

/** A Python application that a wsgi.ts asks for. */
export interface ApplicationTarget {
  /** `django`, or `package.module:attribute`. */
  target: string;
  options: ApplicationOptions;
}
