import { expect, it } from "vitest";
import { rankChoices } from "./palette-rank";

const choice = (label: string, hint = "") => ({ label, hint });

it("puts what begins with the text before what only has it in it", () => {
  const found = rankChoices([choice("Cold alarm"), choice("Disalarm"), choice("Alarms"), choice("Team")], "alarm");
  expect(found.map((one) => one.label)).toEqual(["Alarms", "Cold alarm", "Disalarm"]);
});
it("wants every word, in the label or the hint", () => {
  const found = rankChoices([choice("Alarms", "Acme"), choice("Alarms", "Other")], "ala acme");
  expect(found).toHaveLength(1);
});
it("keeps the order when nothing was typed", () => {
  const all = [choice("b"), choice("a")];
  expect(rankChoices(all, "  ")).toEqual(all);
});
