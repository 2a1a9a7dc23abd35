// Numbers of days and hours as the bars of a chart. Pure.
import type { DayCounts, HourCounts } from "../../../api/types";
import type { Bar } from "../../../ui/bar-chart";

// Days are those of UTC, wherever one is.
const kDay = new Intl.DateTimeFormat("en", { month: "short", day: "numeric", timeZone: "UTC" });
const kWholeDay = new Intl.DateTimeFormat("en", { weekday: "short", month: "short", day: "numeric", timeZone: "UTC" });

export function dayBars(days: DayCounts[]): Bar[] {
  return days.map(({ date, success, error, sleep, cancelled }) => {
    const at = new Date(`${date}T00:00:00Z`);
    return { label: kDay.format(at), title: `${kWholeDay.format(at)} (UTC)`, success, error, sleep, cancelled };
  });
}

// Hours are shown as they are where one is; each day is labelled where it begins.
export function hourBars(hours: HourCounts[], timeZone?: string): Bar[] {
  const day = new Intl.DateTimeFormat("en", { weekday: "short", day: "numeric", timeZone });
  const hour = new Intl.DateTimeFormat("en", { hour: "2-digit", hourCycle: "h23", timeZone });
  const whole = new Intl.DateTimeFormat("en", {
    weekday: "short",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone,
  });
  return hours.map(({ time, success, error, sleep, cancelled }) => {
    const at = new Date(time);
    const tick = Number(hour.format(at)) === 0;
    return { label: day.format(at), tick, title: whole.format(at), success, error, sleep, cancelled };
  });
}
