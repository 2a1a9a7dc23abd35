// What is shown instead of a page that is not there, or that broke.
import { Button, Center, Container } from "@mantine/core";
import { useEffect } from "react";
import { Link, useRouteError } from "react-router";
import { Empty } from "../ui/empty";
import { ErrorPanel } from "../ui/error-panel";
import { useTitle } from "../ui/page";

export function NotFoundPage() {
  useTitle("Not found");
  return (
    <Empty
      title="There is no such page"
      action={
        <Button component={Link} to="/" variant="default">
          To the start
        </Button>
      }
    >
      The address may be mistyped, or what it named was deleted.
    </Empty>
  );
}

// A page's code that cannot be loaded usually means that the server was upgraded since: the new page knows the new code.
const kReloaded = "fleethook.reloaded-for";

export function RouteProblem() {
  const problem = useRouteError();
  const missingCode =
    problem instanceof TypeError && /dynamically imported module|Importing a module/.test(problem.message);
  useEffect(() => {
    if (!missingCode || window.sessionStorage.getItem(kReloaded) === window.location.pathname) return;
    window.sessionStorage.setItem(kReloaded, window.location.pathname);
    window.location.reload();
  }, [missingCode]);
  return (
    <Container py="xl">
      <Center>
        <ErrorPanel
          error={problem}
          title={missingCode ? "This page could not be loaded" : "This page has a fault"}
          onRetry={() => window.location.reload()}
        />
      </Center>
    </Container>
  );
}
