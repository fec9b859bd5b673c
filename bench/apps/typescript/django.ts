// Middleware around the Django hello view: what one more hop between processes costs.
import { getPythonApplication } from "quintet/python";
import type { WsgiApplication } from "quintet/wsgi";

const django = getPythonApplication("djangohello.wsgi:application", {
  project: `${import.meta.dirname}/../djangohello`,
});

export const application: WsgiApplication = (environ, startResponse) =>
  django(environ, (status, headers, excInfo) =>
    startResponse(status, [...headers, ["X-Around", "TypeScript"]], excInfo),
  );
