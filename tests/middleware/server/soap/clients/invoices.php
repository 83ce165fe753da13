<?php
// Sends an invoice with PHP's SoapClient and prints what comes back as JSON. Seller and buyer are one object, which
// SoapClient writes once and refers to.
[, $wsdl, $name, $password, $version] = $argv;
$client = new SoapClient($wsdl, [
    "soap_version" => $version === "1.2" ? SOAP_1_2 : SOAP_1_1,
    "cache_wsdl" => WSDL_CACHE_NONE,
    "trace" => true,
]);

$wsse = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";
$wsu = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd";
$profile = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0";

function security(string $name, string $password): SoapHeader
{
    global $wsse, $wsu, $profile;
    $nonce = random_bytes(16);
    $created = gmdate("Y-m-d\\TH:i:s\\Z");
    $digest = base64_encode(sha1($nonce . $created . $password, true));
    $nonce = base64_encode($nonce);
    $xml = "<w:Security xmlns:w=\"$wsse\"><w:UsernameToken><w:Username>$name</w:Username>"
        . "<w:Password Type=\"$profile#PasswordDigest\">$digest</w:Password><w:Nonce>$nonce</w:Nonce>"
        . "<u:Created xmlns:u=\"$wsu\">$created</u:Created></w:UsernameToken></w:Security>";
    return new SoapHeader($wsse, "Security", new SoapVar($xml, XSD_ANYXML), true);
}

$both = new stdClass();
$both->name = "North & Söhne";
$invoice = [
    "number" => "P1", "date" => "2026-03-02", "note" => "", "seller" => $both, "buyer" => $both,
    "vehicle" => [["vin" => "1XKY", "price" => "1500.50"], ["vin" => "2XKY", "price" => "0.25"]],
];
$client->__setSoapHeaders(security($name, $password));
$receipt = $client->SubmitInvoice($invoice);
$sent = $client->__getLastRequest();
$fault = null;
try {
    $client->__setSoapHeaders(security($name, $password));
    $client->SubmitInvoice(["number" => "refuse"] + $invoice);
} catch (SoapFault $problem) {
    $fault = $problem->getMessage();
}
$refers = str_contains($sent, 'href="#') || str_contains($sent, ":ref=");
echo json_encode(["receipt" => $receipt, "fault" => $fault, "refers" => $refers], JSON_UNESCAPED_UNICODE);
