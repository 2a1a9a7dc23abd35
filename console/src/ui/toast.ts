// Short news at the edge of the screen. What needs an answer is a dialog or stands at its field.
import { notifications } from "@mantine/notifications";

export function toastDone(message: string) {
  notifications.show({ message, color: "fleet", autoClose: 4000 });
}
// Stays until it is closed: what it says was not asked for, and cannot be read again.
export function toastKept(message: string) {
  notifications.show({ message, color: "fleet", autoClose: false });
}
export function toastProblem(problem: unknown, title = "That did not work") {
  const message = problem instanceof Error ? problem.message : String(problem);
  notifications.show({ title, message, color: "red", autoClose: 10_000 });
}
