// Text that came from outside, in monospace: always text, never markup. Long ones scroll; it can be copied whole.
import { Box, Code } from "@mantine/core";
import { CopyIcon } from "./copy";

export function TextBlock({ text, label, maxHeight = 320 }: { text: string; label: string; maxHeight?: number }) {
  return (
    <Box pos="relative">
      <Code
        block
        tabIndex={0}
        role="region"
        aria-label={label}
        style={{ maxHeight, overflow: "auto", whiteSpace: "pre-wrap", overflowWrap: "anywhere", paddingRight: 36 }}
      >
        {text === "" ? " " : text}
      </Code>
      <Box pos="absolute" top={4} right={4}>
        <CopyIcon value={text} label={`Copy ${label.toLowerCase()}`} />
      </Box>
    </Box>
  );
}
