// Sends an invoice with npm's soap, in the version that is asked for, and prints what comes back as JSON.
const soap = require("soap");

const [wsdl, name, password, version] = process.argv.slice(2);
const invoice = (number) => ({
  number,
  date: "2026-03-02",
  note: "",
  seller: { name: "North & Söhne" },
  buyer: { name: "South" },
  vehicle: [
    { vin: "1XKY", price: "1500.50" },
    { vin: "2XKY", price: "0.25" },
  ],
});

async function main() {
  const client = await soap.createClientAsync(wsdl, { forceSoap12Headers: version === "1.2" });
  client.setSecurity(
    new soap.WSSecurity(name, password, { passwordType: "PasswordDigest", hasTimeStamp: true, hasNonce: true, mustUnderstand: 1 }),
  );
  const [receipt] = await client.SubmitInvoiceAsync(invoice("N1"));
  let fault = null;
  try {
    await client.SubmitInvoiceAsync(invoice("refuse"));
  } catch (error) {
    fault = String(error.message);
  }
  console.log(JSON.stringify({ receipt, fault }));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
