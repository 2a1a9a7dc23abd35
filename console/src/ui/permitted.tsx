// Buttons for what a role may not allow: shown disabled, with the reason on hover and focus, never hidden.
import { Button, type ButtonProps, Tooltip } from "@mantine/core";
import type { MouseEventHandler, ReactNode } from "react";
import { Link } from "react-router";
import type { Allowed } from "../lib/permissions";

interface Props extends ButtonProps {
  allowed: Allowed;
  onClick?: MouseEventHandler;
  to?: string; // a link instead of a button
  type?: "button" | "submit";
  children: ReactNode;
  "aria-label"?: string;
}

export function PermittedButton({ allowed, onClick, to, type = "button", children, ...rest }: Props) {
  if (!allowed.ok) {
    return (
      <Tooltip label={allowed.reason} events={{ hover: true, focus: true, touch: true }} multiline maw={320}>
        <Button {...rest} type="button" data-disabled aria-disabled onClick={(event) => event.preventDefault()}>
          {children}
        </Button>
      </Tooltip>
    );
  }
  if (to !== undefined) {
    return (
      <Button {...rest} component={Link} to={to}>
        {children}
      </Button>
    );
  }
  return (
    <Button {...rest} type={type} onClick={onClick}>
      {children}
    </Button>
  );
}
