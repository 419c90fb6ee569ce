// Runs `gt-hook EVENT` with a JSON object on its stdin and returns what it says. It never fails its caller.
import { spawn } from "node:child_process"

const SECONDS = 10

function call(event, payload, seconds) {
  let stop = () => {}
  const said = new Promise((resolve) => {
    const program = process.env.GT_HOOK
    if (!program) return resolve("")
    let words = ""
    const child = spawn(program, [event], { stdio: ["pipe", "pipe", "ignore"] })
    const timer = seconds ? setTimeout(() => child.kill("SIGKILL"), seconds * 1000) : undefined
    stop = () => child.kill("SIGTERM")
    child.on("error", () => resolve(""))
    child.on("close", () => {
      clearTimeout(timer)
      resolve(words)
    })
    child.stdin.on("error", () => {})
    child.stdout.on("data", (data) => (words += data))
    child.stdin.end(JSON.stringify({ cwd: process.cwd(), ...payload }))
  })
  return { said, stop: () => stop() }
}

export function report(event, payload) {
  return call(event, payload, SECONDS).said
}

// A question to a person. `said` comes when somebody answers; `stop` says that it was answered otherwise.
export function ask(payload) {
  const { said, stop } = call("PermissionRequest", payload, 0)
  return { said: said.then(decision), stop }
}

function decision(words) {
  try {
    return JSON.parse(words).hookSpecificOutput.decision
  } catch {
    return undefined
  }
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
