#!/usr/bin/env node
// A CPI that is not Python: info, has_vm and delete_vm of a cloud without a machine; the rest is a gap.
"use strict";
const fs = require("fs");

const CLOUD_IS_DEAD = process.argv.includes("--dead");
const KNOWN = { info: [], has_vm: ["string"], delete_vm: ["string"] };

class Failure extends Error {
  constructor(type, message) { super(message); this.type = `Bosh::Clouds::${type}`; }
}

function check(request) {
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  if (!isObject(request)) throw new Failure("CpiError", "the request is no object");
  if (typeof request.method !== "string" || !request.method) throw new Failure("CpiError", "method: wanted text");
  if (!Array.isArray(request.arguments)) throw new Failure("CpiError", "arguments: wanted an array");
  const version = request.api_version;
  if (version !== undefined && !Number.isInteger(version)) throw new Failure("CpiError", "api_version: wanted an integer");
  const types = Object.hasOwn(KNOWN, request.method) ? KNOWN[request.method] : null;
  if (!types) throw new Failure("NotImplemented", `there is no method ${request.method}`);
  if (request.method === "info") return;
  if (version !== 2) throw new Failure("CpiError", `api_version ${version} is not served, only 2`);
  if (types.some((type, at) => typeof request.arguments[at] !== type)) throw new Failure("CpiError", "wrong arguments");
}

function serve(request) {
  check(request);
  if (request.method === "info") return { api_version: 2, stemcell_formats: ["minimal"] };
  if (CLOUD_IS_DEAD) throw new Failure("CloudError", "the cloud cannot be reached");
  return request.method === "has_vm" ? false : null;
}

function answer(raw) {
  try {
    let request;
    try { request = JSON.parse(raw); } catch { throw new Failure("CpiError", "the request is no JSON"); }
    return { result: serve(request), error: null, log: "" };
  } catch (error) {
    const type = error.type || "Bosh::Clouds::CpiError";
    return { result: null, error: { type, message: error.message, ok_to_retry: false }, log: "" };
  }
}

fs.writeSync(1, JSON.stringify(answer(fs.readFileSync(0, "utf8"))));
