import { expect, it } from "vitest";
import type { Warning } from "../../../api/types";
import { isShown } from "./form-state";
import { splitWarnings, warningAt, warningsOfPreview } from "./form-warnings";

const warning = (field: string | null, message = "m", code = "c"): Warning => ({ field, code, message });

it("stands at the field that it names, by whatever name, and at what holds it", () => {
  const all = [warning("headers.X-A", "a"), warning("headers.x", "b"), warning("error_topic", "c"), warning(null, "d")];
  expect(warningAt(all, "headers.X-A")).toBe("a");
  expect(warningAt(all, "headers", ["headers.X-A"])).toBe("x: b");
  expect(warningAt(all, "errorResponseTopic")).toBe("c");
  expect(warningAt(all, "url")).toBeUndefined();
});

it("tells what stands at a field of the builder from the rest", () => {
  const all = [
    warning("headerz"),
    warning(null),
    warning("auth.password"),
    warning("retryDelays.1"),
    warning("device"),
  ];
  const { atFields, others } = splitWarnings(all, isShown);
  expect(atFields.map((one) => one.field)).toEqual(["auth.password", "retryDelays.1", "device"]);
  expect(others.map((one) => one.field)).toEqual(["headerz", null]);
});

it("is told once, though several products say it", () => {
  const missing = warning("url", "there is no x", "unknown_name");
  const previews = [{ warnings: [missing] }, { warnings: [missing, warning("body")] }, {}] as never[];
  expect(warningsOfPreview({ previews, warnings: [warning(null)] }).map((one) => one.field)).toEqual([
    null,
    "url",
    "body",
  ]);
});
