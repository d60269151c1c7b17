export const en = {
  "no-answer": "The service does not answer.",
  "refused": "The service says: {text}",
  "failed": "The page could not be started: {text}",
  "signed-out": "You are signed out.",
  "again": "Try again",
  "sign-in": "Sign in",
} as const;
