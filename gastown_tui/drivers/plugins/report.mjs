// Runs `gt-hook EVENT` with a JSON object on its stdin and returns what it says. It never fails its caller.
import { spawn } from "node:child_process"

const SECONDS = 10

export function report(event, payload) {
  return new Promise((resolve) => {
    const program = process.env.GT_HOOK
    if (!program) return resolve("")
    let said = ""
    const child = spawn(program, [event], { stdio: ["pipe", "pipe", "ignore"] })
    const timer = setTimeout(() => child.kill("SIGKILL"), SECONDS * 1000)
    child.on("error", () => resolve(""))
    child.on("close", () => {
      clearTimeout(timer)
      resolve(said)
    })
    child.stdin.on("error", () => {})
    child.stdout.on("data", (data) => (said += data))
    child.stdin.end(JSON.stringify({ cwd: process.cwd(), ...payload }))
  })
}

// Why a tool call must not happen, "" when nobody says so.
export async function refusal(payload) {
  try {
    const told = JSON.parse(await report("PreToolUse", payload)).hookSpecificOutput
    return told.permissionDecision === "deny" ? told.permissionDecisionReason : ""
  } catch {
    return ""
  }
}
