// Signing in, and then on to the address that was first asked for. A person without an account can ask for one here.
import { Alert, Anchor, Button, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from "@mantine/core";
import { type FormEvent, useEffect, useState } from "react";
import { Link, Navigate, useLocation, useSearchParams } from "react-router";
import { ApiError, send } from "../../api/client";
import { signIn, useSessionQuery } from "../../app/session";
import { forgetLastSpace } from "../../app/space";
import { formatSpan } from "../../lib/format";
import { safeNext } from "../../lib/next-address";
import { IconAlertTriangle, IconInfoCircle } from "../../ui/icons";
import { useTitle } from "../../ui/page";

export function Page() {
  const [parameters] = useSearchParams();
  const [done, setDone] = useState(false);
  const { hash } = useLocation();
  const session = useSessionQuery();
  const signingUp = parameters.has("new");
  useTitle(signingUp ? "Create an account" : "Sign in");
  if (done || (session.data !== null && session.data !== undefined)) {
    const next = safeNext(parameters.get("next"));
    return <Navigate to={next.includes("#") ? next : next + hash} replace />;
  }
  return (
    <Stack component="main" align="center" justify="center" mih="100dvh" p="md" gap="lg">
      <Group gap={10}>
        <img src="/favicon.svg" width={32} height={32} alt="" />
        <Text fw={700} size="xl">
          Fleethook
        </Text>
      </Group>
      <Paper withBorder p="xl" w="100%" maw={400} style={{ background: "var(--panel)", borderColor: "var(--line)" }}>
        <SignInForm key={String(signingUp)} signingUp={signingUp} onDone={() => setDone(true)} />
      </Paper>
    </Stack>
  );
}

function SignInForm({ signingUp, onDone }: { signingUp: boolean; onDone: () => void }) {
  const [parameters] = useSearchParams();
  const { hash } = useLocation();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      if (signingUp) await send("POST", "/v1/users", { username: email, password });
      await signIn(email, password);
      if (signingUp) forgetLastSpace();
      onDone();
    } catch (refusal) {
      setProblem(refusal);
      setBusy(false);
    }
  };
  const at = (field: string) =>
    problem instanceof ApiError ? problem.violations.find((one) => one.field === field)?.message : undefined;
  const placed = at("username") !== undefined || at("password") !== undefined;
  const other = new URLSearchParams(parameters);
  other.delete("expired");
  if (signingUp) other.delete("new");
  else other.set("new", "1");

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <Title order={1} size="h2">
          {signingUp ? "Create an account" : "Sign in"}
        </Title>
        {parameters.has("expired") && problem === null && (
          <Alert color="blue" icon={<IconInfoCircle aria-hidden />} role="status" title="Your session ended">
            Sign in again to go on where you were.
          </Alert>
        )}
        {problem !== null && !placed && <Refusal problem={problem} signingUp={signingUp} />}
        <TextInput
          label="Email"
          type="email"
          name="username"
          autoComplete="username"
          inputMode="email"
          required
          withAsterisk={false}
          autoFocus
          value={email}
          error={at("username")}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          name="password"
          autoComplete={signingUp ? "new-password" : "current-password"}
          required
          withAsterisk={false}
          value={password}
          error={at("password")}
          onChange={(event) => setPassword(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show what is typed" }}
        />
        <Button type="submit" loading={busy} fullWidth>
          {signingUp ? "Create account" : "Sign in"}
        </Button>
        <Text size="sm" c="dimmed" ta="center">
          {signingUp ? "You have an account? " : "No account yet? "}
          <Anchor component={Link} to={{ search: other.toString(), hash }} replace size="sm" underline="always">
            {signingUp ? "Sign in" : "Create one"}
          </Anchor>
        </Text>
      </Stack>
    </form>
  );
}

function Refusal({ problem, signingUp }: { problem: unknown; signingUp: boolean }) {
  const { title, text } = wordsFor(problem, signingUp);
  const locked = problem instanceof ApiError && problem.status === 429 ? problem.retryAfter : null;
  return (
    <Alert color="red" icon={<IconAlertTriangle aria-hidden />} title={title} role="alert">
      {text}
      {locked !== null && <TimeLeft seconds={locked} />}
    </Alert>
  );
}

function wordsFor(problem: unknown, signingUp: boolean): { title: string; text: string } {
  if (!(problem instanceof ApiError)) return { title: "Something went wrong", text: String(problem) };
  if (problem.status === 0) {
    return { title: "The server cannot be reached", text: "Check the connection, then try again." };
  }
  if (problem.status === 429) return { title: "Too many attempts", text: "" };
  if (problem.code === "invalid_grant") {
    return { title: "Not signed in", text: "The email or the password is wrong." };
  }
  if (signingUp && problem.status === 403) {
    return {
      title: "Accounts are made by the administrator",
      text: "Ask the administrator of this installation for an account. People do not sign up by themselves here.",
    };
  }
  if (problem.status >= 500) return { title: "The server has a problem", text: problem.message };
  return { title: signingUp ? "No account was made" : "Not signed in", text: problem.message };
}

function TimeLeft({ seconds }: { seconds: number }) {
  const [until] = useState(() => Date.now() + seconds * 1000);
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const timer = window.setInterval(() => setLeft(Math.max(0, Math.ceil((until - Date.now()) / 1000))), 1000);
    return () => window.clearInterval(timer);
  }, [until]);
  // Announced once: a number that changes each second is nothing to listen to.
  return <span aria-live="off">{left > 0 ? `Try again in ${formatSpan(left)}.` : "You can try again now."}</span>;
}
