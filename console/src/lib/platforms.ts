// Platforms of Particle's devices, by the number that a product has. Pure.
const kPlatforms: ReadonlyMap<number, string> = new Map([
  [0, "Core"],
  [6, "Photon"],
  [8, "P1"],
  [10, "Electron"],
  [12, "Argon"],
  [13, "Boron"],
  [14, "Xenon"],
  [15, "E SoM X"],
  [23, "B4 SoM"],
  [25, "B5 SoM"],
  [26, "Tracker"],
  [32, "Photon 2 / P2"],
  [35, "M SoM"],
  [37, "Electron 2"],
  [42, "Tachyon"],
]);

export function platformName(id: number): string {
  return kPlatforms.get(id) ?? `Platform ${id}`;
}

export interface PlatformChoice {
  value: string;
  label: string;
}
// What can be chosen: the known ones, and the number that is being typed.
export function platformChoices(typed: string): PlatformChoice[] {
  const choices = [...kPlatforms].map(([id, name]) => ({ value: String(id), label: `${name} (${id})` }));
  const number = typed.trim();
  if (/^\d{1,5}$/.test(number) && !kPlatforms.has(Number(number))) {
    choices.push({ value: String(Number(number)), label: `Platform ${Number(number)}` });
  }
  return choices;
}
