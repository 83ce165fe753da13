// Drives jsforce through a session with the local org and prints what it saw as JSON.
"use strict";

const jsforce = require("jsforce");

const { ORG_URL, CLIENT_ID, CLIENT_SECRET, ORG_USERNAME, ORG_PASSWORD } = process.env;

async function main() {
  const oauth2 = { loginUrl: ORG_URL, clientId: CLIENT_ID, clientSecret: CLIENT_SECRET };
  const org = new jsforce.Connection({ loginUrl: ORG_URL, version: "67.0", oauth2 });
  const seen = {};

  const user = await org.login(ORG_USERNAME, ORG_PASSWORD);
  seen.login = { organizationId: user.organizationId, instanceUrl: org.instanceUrl };
  seen.identity = (await org.identity()).username;

  seen.described = (await org.describeGlobal()).sobjects.map((each) => each.name);
  seen.externalIds = (await org.sobject("Account").describe()).fields
    .filter((each) => each.externalId)
    .map((each) => each.name);

  const account = org.sobject("Account");
  const made = await account.create({ Name: "jsforce", LeaseWorks_Id__c: "JS-1", NumberOfEmployees: 3 });
  seen.created = made.success;
  await account.update({ Id: made.id, NumberOfEmployees: 4 });
  const read = await account.retrieve(made.id);
  seen.read = { Name: read.Name, NumberOfEmployees: read.NumberOfEmployees };

  seen.upserted = await account
    .upsert(
      [
        { LeaseWorks_Id__c: "JS-1", Name: "Changed" },
        { LeaseWorks_Id__c: "JS-2", Name: "New" },
      ],
      "LeaseWorks_Id__c",
    )
    .then((results) => results.map((each) => ({ success: each.success, created: each.created })));
  seen.many = (await account.create([{ Name: "One" }, { Phone: "no name" }])).map((each) =>
    each.success ? "ok" : each.errors[0].statusCode || each.errors[0].errorCode,
  );

  seen.queried = (await org.query("SELECT Name FROM Account WHERE LeaseWorks_Id__c LIKE 'JS-%' ORDER BY Name")).records.map(
    (each) => each.Name,
  );
  seen.refused = await org.query("SELECT Colour__c FROM Account").then(
    () => "answered",
    (error) => error.errorCode || error.name,
  );

  org.bulk2.pollInterval = 50;
  org.bulk2.pollTimeout = 30000;
  const input = Array.from({ length: 2500 }, (_, number) => ({
    LeaseWorks_Id__c: `JSB-${number}`,
    Name: number === 9 ? "" : `Größe "${number}", two\nlines`,
  }));
  const loaded = await org.bulk2.loadAndWaitForResults({
    object: "Account",
    operation: "upsert",
    externalIdFieldName: "LeaseWorks_Id__c",
    input,
  });
  seen.loaded = {
    successful: loaded.successfulResults.length,
    created: loaded.successfulResults[0].sf__Created,
    failed: loaded.failedResults.map((each) => each.sf__Error),
    unprocessed: loaded.unprocessedRecords.length,
  };
  const stream = await org.bulk2.query("SELECT Id, Name FROM Account WHERE LeaseWorks_Id__c LIKE 'JSB-%' ORDER BY Name");
  const records = await stream.toArray();
  seen.bulkQueried = { count: records.length, first: records[0].Name };

  const everything = await org
    .query("SELECT Id FROM Account WHERE LeaseWorks_Id__c LIKE 'JSB-%'")
    .run({ autoFetch: true, maxFetch: 9999 });
  seen.paged = everything.length ?? everything.records.length;

  seen.deleted = (await account.destroy([made.id])).map((each) => each.success);
  seen.apiUsage = org.limitInfo.apiUsage;

  const { instanceUrl, accessToken } = org;
  await org.logout();
  const late = new jsforce.Connection({ instanceUrl, accessToken, version: "67.0" });
  seen.afterLogout = await late.query("SELECT Id FROM Account").then(
    () => "answered",
    (error) => error.errorCode || error.name,
  );
  process.stdout.write(JSON.stringify(seen));
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
