// Which choices fit what was typed, best first: the label's beginning, then a word's beginning, then anywhere in it, then
// the hint. All words must be found. Pure.
export interface Rankable {
  label: string;
  hint: string;
}

function score(choice: Rankable, word: string): number {
  const label = choice.label.toLowerCase();
  const at = label.indexOf(word);
  if (at === 0) return 4;
  if (at > 0) return /[\s/_.-]/.test(label[at - 1] ?? "") ? 3 : 2;
  return choice.hint.toLowerCase().includes(word) ? 1 : 0;
}

export function rankChoices<T extends Rankable>(choices: T[], typed: string): T[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return choices;
  const ranked: { choice: T; points: number; index: number }[] = [];
  choices.forEach((choice, index) => {
    const points = words.map((word) => score(choice, word));
    if (points.every((one) => one > 0)) ranked.push({ choice, points: points.reduce((a, b) => a + b), index });
  });
  ranked.sort((a, b) => b.points - a.points || a.index - b.index);
  return ranked.map((one) => one.choice);
}
