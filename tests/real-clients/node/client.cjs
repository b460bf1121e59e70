"use strict";
// Google's Node library as a program of a session: says which project it was shown.
// Its first argument tells where its credentials are from: `file` is what GOOGLE_APPLICATION_CREDENTIALS names,
// `metadata` the metadata server, and `none` leaves it to a proxy. The second is the address of Resource Manager.

const { Compute, GoogleAuth, gaxios } = require("google-auth-library");

const SCOPES = ["https://www.googleapis.com/auth/cloud-platform"];

async function client(source) {
  switch (source) {
    case "file":
      return new GoogleAuth({ scopes: SCOPES }).getClient();
    case "metadata":
      return new Compute({ scopes: SCOPES });
    case "none":
      return new gaxios.Gaxios();
    default:
      throw new Error(`unknown source of credentials: ${source}`);
  }
}

async function main([source, address]) {
  const { data } = await (await client(source)).request({ url: `${address}/v3/projects/acme-prod`, retry: false });
  console.log(data.projectId);
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
