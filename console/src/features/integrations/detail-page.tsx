import { Page as PageFrame } from "../../ui/page";

export function Page() {
  return <PageFrame title="Integration">{null}</PageFrame>;
}
