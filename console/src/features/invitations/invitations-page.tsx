// Invitations to teams: all that wait for oneself, or the one that a link names. The link has the code behind '#', which
// browsers send to nobody.
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useLocation, useNavigate, useParams } from "react-router";
import { useAcceptInvitation, useDeclineInvitation, useInvitations } from "../../api/invitations";
import type { Invitation } from "../../api/types";
import { useSession } from "../../app/session";
import { Empty } from "../../ui/empty";
import { ErrorPanel } from "../../ui/error-panel";
import { Page as PageFrame } from "../../ui/page";
import { Panel } from "../../ui/panel";
import { QueryView } from "../../ui/query-view";
import { Time } from "../../ui/time";
import { toastDone, toastProblem } from "../../ui/toast";

export function Page() {
  const session = useSession();
  const { id } = useParams();
  const query = useInvitations();
  return (
    <PageFrame title={id === undefined ? "Invitations" : "Invitation"} hint={`For ${session.user.username}.`}>
      <QueryView
        query={query}
        isEmpty={(invitations) => !invitations.some((one) => id === undefined || one.id === id)}
        empty={
          id === undefined ? (
            <Empty title="No invitation waits for you">
              Whoever may change a team invites you by your address, {session.user.username}, and gives you a link.
            </Empty>
          ) : (
            <Empty title="There is no such invitation for you">
              It was answered or withdrawn, its time is over, or it is for another address than {session.user.username}.
              In that case sign in with the other one, and open the link again.
            </Empty>
          )
        }
      >
        {(invitations) => (
          <Stack gap="md" maw={640}>
            {invitations
              .filter((one) => id === undefined || one.id === id)
              .map((one) => (
                <InvitationPanel key={one.id} invitation={one} linked={one.id === id} />
              ))}
          </Stack>
        )}
      </QueryView>
    </PageFrame>
  );
}

function InvitationPanel({ invitation, linked }: { invitation: Invitation; linked: boolean }) {
  const { hash } = useLocation();
  const navigate = useNavigate();
  const accept = useAcceptInvitation();
  const decline = useDeclineInvitation();
  const [typed, setTyped] = useState("");
  const linkCode = linked && hash.length > 1 ? hash.slice(1) : "";
  const asks = invitation.needs_code && linkCode === "";
  const place = invitation.organization ?? invitation.product;
  const path =
    invitation.organization !== null ? `/orgs/${invitation.organization.slug}` : `/products/${place?.slug ?? ""}`;
  const join = () => {
    // What is pasted may be the whole link.
    const code = linkCode || typed.trim().split("#").pop() || undefined;
    accept.mutate(
      { id: invitation.id, code },
      {
        onSuccess: () => {
          toastDone(`You are in the team of ${place?.name}.`);
          navigate(path);
        },
      },
    );
  };
  const refuse = () =>
    decline.mutate(invitation.id, {
      onSuccess: () => {
        toastDone("The invitation was declined.");
        if (linked) navigate("/invitations", { replace: true });
      },
      onError: (problem) => toastProblem(problem, "The invitation was not declined"),
    });
  return (
    <Panel title={place?.name}>
      <Stack gap="sm">
        <Text>
          {invitation.invited_by} invites you to the team of{" "}
          {invitation.organization !== null ? "this organization, with all its products" : "this product"}, as{" "}
          <b>{invitation.role.name}</b>.
        </Text>
        <Text size="sm" c="dimmed">
          Made <Time value={invitation.invited_at} />, ends <Time value={invitation.expires_at} />.
        </Text>
        {asks && (
          <TextInput
            label="Code"
            description={`Accepting takes the link that ${invitation.invited_by} got for you, or the code at its end.`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            maw={420}
          />
        )}
        {accept.isError && <ErrorPanel error={accept.error} />}
        <Group gap="xs">
          <Button onClick={join} loading={accept.isPending} disabled={asks && typed.trim() === ""}>
            Accept
          </Button>
          <Button variant="default" onClick={refuse} loading={decline.isPending}>
            Decline
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}
