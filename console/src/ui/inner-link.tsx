// A link within a line of text.
import { Text } from "@mantine/core";
import { Link } from "react-router";

export function InnerLink({ to, children }: { to: string; children: React.ReactNode }) {
  return (
    <Text component={Link} to={to} inherit c="var(--mantine-color-anchor)" td="underline">
      {children}
    </Text>
  );
}
