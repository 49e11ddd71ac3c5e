"""ONIX messages as publishers send them, with reference names and with short tags."""

from __future__ import annotations

REFERENCE = """<?xml version="1.0" encoding="UTF-8"?>
<ONIXMessage xmlns="http://ns.editeur.org/onix/3.0/reference" release="3.0">
<Header><Sender><SenderName>Open Press</SenderName></Sender><SentDateTime>20260301</SentDateTime></Header>
{products}
</ONIXMessage>"""

LICENSE = """<EpubLicense><EpubLicenseName>{name}</EpubLicenseName><EpubLicenseExpression>
<EpubLicenseExpressionType>02</EpubLicenseExpressionType>
<EpubLicenseExpressionLink>{link}</EpubLicenseExpressionLink></EpubLicenseExpression></EpubLicense>"""
NO_MINING = """<EpubUsageConstraint><EpubUsageType>11</EpubUsageType><EpubUsageStatus>03</EpubUsageStatus>
</EpubUsageConstraint>"""


def product(isbn: str, *, notification: str = "03", more: str = "", title: str = "Gezeiten") -> str:
    """A product of a reference-name message; ``more`` stands among its descriptive details."""
    return f"""
<Product>
  <RecordReference>org.openpress.{isbn}</RecordReference>
  <NotificationType>{notification}</NotificationType>
  <ProductIdentifier><ProductIDType>01</ProductIDType><IDTypeName>own</IDTypeName><IDValue>77</IDValue></ProductIdentifier>
  <ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>{isbn[:3]}-{isbn[3:]}</IDValue></ProductIdentifier>
  <DescriptiveDetail>
    {more}
    <TitleDetail><TitleType>03</TitleType><TitleElement><TitleText>Tides</TitleText></TitleElement></TitleDetail>
    <TitleDetail><TitleType>01</TitleType><TitleElement><TitleElementLevel>01</TitleElementLevel>
      <TitlePrefix>Die</TitlePrefix><TitleWithoutPrefix>{title}</TitleWithoutPrefix><Subtitle>潮汐</Subtitle>
    </TitleElement></TitleDetail>
    <Contributor><SequenceNumber>2</SequenceNumber><ContributorRole>B06</ContributorRole>
      <PersonName>Zoë Übersetzer</PersonName></Contributor>
    <Contributor><SequenceNumber>1</SequenceNumber><ContributorRole>A01</ContributorRole>
      <NamesBeforeKey>Ada</NamesBeforeKey><KeyNames>Ångström</KeyNames></Contributor>
    <Language><LanguageRole>02</LanguageRole><LanguageCode>eng</LanguageCode></Language>
    <Language><LanguageRole>01</LanguageRole><LanguageCode>ger</LanguageCode></Language>
  </DescriptiveDetail>
  <PublishingDetail>
    <Publisher><PublishingRole>01</PublishingRole><PublisherName>Open Press</PublisherName></Publisher>
    <PublishingDate><PublishingDateRole>19</PublishingDateRole><Date>20251201</Date></PublishingDate>
    <PublishingDate><PublishingDateRole>01</PublishingDateRole><Date dateformat="00">20260215</Date></PublishingDate>
  </PublishingDetail>
</Product>"""


SHORT = """<ONIXmessage xmlns="http://ns.editeur.org/onix/3.0/short" release="3.1">
<product><a001>x1</a001><a002>05</a002>
<productidentifier><b221>15</b221><b244>9780000000003</b244></productidentifier>
<descriptivedetail><titledetail><b202>01</b202><titleelement><b203>Short</b203></titleelement></titledetail>
<contributor><b047>A Society</b047></contributor></descriptivedetail></product>
</ONIXmessage>"""
