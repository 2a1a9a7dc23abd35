// On every page, as long as an invitation waits for an answer.
import { Alert, Anchor } from "@mantine/core";
import { Link, useLocation } from "react-router";
import { useInvitations } from "../../api/invitations";
import { IconUserPlus } from "../../ui/icons";

export function InvitationsBanner() {
  const { pathname } = useLocation();
  const query = useInvitations();
  const [first, ...others] = query.data ?? [];
  if (first === undefined || pathname.startsWith("/invitation")) return null;
  const place = first.organization ?? first.product;
  return (
    <Alert color="blue" icon={<IconUserPlus aria-hidden />} role="status" mb="md" py="xs">
      {others.length === 0
        ? `${first.invited_by} invites you to the team of ${place?.name}. `
        : `${others.length + 1} invitations to teams wait for you. `}
      <Anchor component={Link} to="/invitations" size="sm" underline="always">
        {others.length === 0 ? "Look at the invitation" : "Look at them"}
      </Anchor>
    </Alert>
  );
}
