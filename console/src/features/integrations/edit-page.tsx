import { Page as PageFrame } from "../../ui/page";

export function Page() {
  return <PageFrame title="Edit">{null}</PageFrame>;
}
