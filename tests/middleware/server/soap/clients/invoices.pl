# Sends an invoice with SOAP::Lite, which reads no WSDL for it, and prints what comes back as JSON.
use strict;
use warnings;
use JSON::PP;
use SOAP::Lite;

my ($address, $name, $password) = @ARGV;
my $namespace = "urn:test:invoices";
my $wsse      = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd";

sub leaf {
    my ($tag, $text) = @_;
    return SOAP::Data->name($tag => $text);
}

sub group {
    my ($tag, @inner) = @_;
    return SOAP::Data->name($tag => \SOAP::Data->value(@inner));
}

sub submit {
    my ($number) = @_;
    my $client = SOAP::Lite->proxy($address)->default_ns($namespace)
        ->on_action(sub { "$namespace/SubmitInvoice" })->autotype(0);
    my $known = group("wsse:UsernameToken", leaf("wsse:Username" => $name), leaf("wsse:Password" => $password));
    my $token = SOAP::Header->name("wsse:Security" => \$known)->attr({ "xmlns:wsse" => $wsse })->mustUnderstand(1);
    return $client->call(
        "SubmitInvoice", $token,
        leaf(number => $number),
        leaf(date => "2026-03-02"),
        leaf(note => ""),
        group(seller => leaf(name => "North and Sons")),
        group(buyer => leaf(name => "South")),
        group(vehicle => leaf(vin => "1XKY"), leaf(price => "1500.50")),
        group(vehicle => leaf(vin => "2XKY"), leaf(price => "0.25")),
    );
}

my $receipt = submit("L1");
die $receipt->faultstring if $receipt->fault;
my $refused = submit("refuse");
my %seen    = map { $_ => scalar $receipt->valueof("//$_") } qw(number total note);
$seen{parties} = [$receipt->valueof("//parties")];
print JSON::PP->new->utf8->encode({ receipt => \%seen, fault => $refused->faultstring });
