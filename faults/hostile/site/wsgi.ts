// For the server under test: the same Python application that the others serve.
import { getPythonApplication } from "quintet/python";

export const application = getPythonApplication("wsgi:application");
