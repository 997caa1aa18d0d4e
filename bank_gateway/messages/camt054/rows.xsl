<?xml version="1.0" encoding="UTF-8"?>
<!-- Entries and transactions of a camt.054 as CSV rows: a kind, then pairs of a tag and a quoted value.
     U entry · B batch · C charge · X exchange · D transaction · S structured remittance · R referred document.
     C and X belong to the U or D before them, S to the D before, R to the S before. An element this stylesheet
     doesn't know becomes the tag "?" with its name. Values that have a form (amounts, dates, codes) lose their quotes
     to a character no form allows; texts have them doubled. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:c="@NAMESPACE@">
  <xsl:output method="text" encoding="UTF-8"/>
  <xsl:param name="unit_from" select="0"/>
  <xsl:param name="unit_to" select="0"/>
  <xsl:param name="detail_from" select="0"/>
  <xsl:param name="detail_to" select="0"/>
  <xsl:param name="ended" select="1"/>

  <xsl:template match="/c:Ntfctn">
    <xsl:for-each select="c:Ntry[position() &gt; $unit_from and position() &lt;= $unit_to]">
      <xsl:call-template name="entry"/>
      <xsl:for-each select="c:NtryDtls">
        <xsl:call-template name="lone_batch"/>
        <xsl:apply-templates select="*[not(self::c:TxDtls or self::c:Btch)]" mode="u_between"/>
        <xsl:for-each select="c:TxDtls"><xsl:call-template name="transaction"/></xsl:for-each>
      </xsl:for-each>
    </xsl:for-each>
  </xsl:template>

  <xsl:template match="/c:Ntry">
    <xsl:call-template name="entry"/>
    <xsl:for-each select="c:NtryDtls/c:TxDtls">
      <xsl:if test="position() &gt; $detail_from and position() &lt;= $detail_to"><xsl:call-template name="transaction"/></xsl:if>
    </xsl:for-each>
    <xsl:if test="$ended = 1"><xsl:for-each select="c:NtryDtls">
      <xsl:call-template name="lone_batch"/>
      <xsl:apply-templates select="*[not(self::c:TxDtls or self::c:Btch)]" mode="u_between"/>
    </xsl:for-each></xsl:if>
  </xsl:template>

  <!--@VALUES@-->

  <!-- Entry -->
  <xsl:template name="entry">
    <xsl:text>U</xsl:text>
    <xsl:apply-templates select="*" mode="u"/>
    <xsl:text>&#10;</xsl:text>
    <xsl:if test="c:Chrgs"><xsl:apply-templates select="c:Chrgs" mode="c"/></xsl:if>
    <xsl:if test="c:AmtDtls/*/c:CcyXchg"><xsl:apply-templates select="c:AmtDtls/*/c:CcyXchg" mode="x"/></xsl:if>
  </xsl:template>
  <xsl:template match="c:NtryRef" mode="u">,ref,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:Amt" mode="u">,amt,"<xsl:call-template name="money"/>"</xsl:template>
  <xsl:template match="c:CdtDbtInd" mode="u">,dir,"<xsl:call-template name="formed"/>"</xsl:template>
  <xsl:template match="c:RvslInd" mode="u">,rvs,"<xsl:call-template name="formed"/>"</xsl:template>
  <xsl:template match="c:Sts" mode="u">,sts,"<xsl:choose><xsl:when test="*"><xsl:call-template name="code_or_proprietary"/></xsl:when><xsl:otherwise><xsl:call-template name="text"/></xsl:otherwise></xsl:choose>"</xsl:template>
  <xsl:template match="c:BookgDt" mode="u"><xsl:apply-templates select="*" mode="booking"/></xsl:template>
  <xsl:template match="c:Dt | c:DtTm" mode="booking">,bdt,"<xsl:call-template name="formed"/>"</xsl:template>
  <xsl:template match="c:ValDt" mode="u"><xsl:apply-templates select="*" mode="value"/></xsl:template>
  <xsl:template match="c:Dt | c:DtTm" mode="value">,vdt,"<xsl:call-template name="formed"/>"</xsl:template>
  <xsl:template match="c:AcctSvcrRef" mode="u">,asr,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:BkTxCd" mode="u">,btc,""<xsl:apply-templates select="*" mode="type"/></xsl:template>
  <xsl:template match="c:AddtlNtryInf" mode="u">,inf,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:AmtDtls | c:Chrgs | c:NtryDtls" mode="u"/>
  <xsl:template match="c:Avlbty | c:ComssnWvrInd | c:AddtlInfInd | c:TechInptChanl | c:Intrst | c:CardTx" mode="u"/>
  <xsl:template match="*" mode="u">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>
  <xsl:template match="*" mode="booking">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>
  <xsl:template match="*" mode="value">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>
  <xsl:template match="*" mode="u_between">B,?,"<xsl:value-of select="local-name()"/>"<xsl:text>&#10;</xsl:text></xsl:template>

  <xsl:template match="c:Prtry" mode="type"><xsl:for-each select="c:Cd">,btp,"<xsl:call-template name="text"/>"</xsl:for-each></xsl:template>
  <xsl:template match="c:Domn" mode="type">,btd,"<xsl:value-of select="translate(concat(c:Cd, '/', c:Fmly/c:Cd, '/', c:Fmly/c:SubFmlyCd), '&quot;', '?')"/>"</xsl:template>
  <xsl:template match="*" mode="type">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>

  <!-- Batch: written before the first transaction of its NtryDtls, or alone -->
  <xsl:template name="lone_batch">
    <xsl:if test="not(c:TxDtls)"><xsl:apply-templates select="c:Btch" mode="b"/></xsl:if>
  </xsl:template>
  <xsl:template match="c:Btch" mode="b">
    <xsl:text>B</xsl:text>
    <xsl:apply-templates select="*" mode="batch"/>
    <xsl:text>&#10;</xsl:text>
  </xsl:template>
  <xsl:template match="c:MsgId" mode="batch">,mid,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:PmtInfId" mode="batch">,pii,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:NbOfTxs" mode="batch">,cnt,"<xsl:call-template name="formed"/>"</xsl:template>
  <xsl:template match="c:TtlAmt | c:CdtDbtInd" mode="batch"/>
  <xsl:template match="*" mode="batch">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>

  <!-- Charges: .02 has a list of Chrgs, .08 one with records and perhaps a total -->
  <xsl:template match="c:Chrgs" mode="c">
    <xsl:choose>
      <xsl:when test="c:Amt"><xsl:call-template name="charge"/></xsl:when>
      <xsl:when test="c:Rcrd"><xsl:for-each select="c:Rcrd"><xsl:call-template name="charge"/></xsl:for-each></xsl:when>
      <xsl:otherwise><xsl:for-each select="c:TtlChrgsAndTaxAmt">C,amt,"<xsl:call-template name="money"/>"<xsl:text>&#10;</xsl:text></xsl:for-each></xsl:otherwise>
    </xsl:choose>
  </xsl:template>
  <xsl:template name="charge">
    <xsl:text>C</xsl:text>
    <xsl:for-each select="c:Amt">,amt,"<xsl:call-template name="money"/>"</xsl:for-each>
    <xsl:for-each select="c:CdtDbtInd">,dir,"<xsl:call-template name="formed"/>"</xsl:for-each>
    <xsl:for-each select="c:ChrgInclInd">,inc,"<xsl:call-template name="formed"/>"</xsl:for-each>
    <xsl:text>&#10;</xsl:text>
  </xsl:template>

  <xsl:template match="c:CcyXchg" mode="x">
    <xsl:text>X,of,"</xsl:text><xsl:value-of select="local-name(..)"/><xsl:text>"</xsl:text>
    <xsl:for-each select="c:SrcCcy">,src,"<xsl:call-template name="formed"/>"</xsl:for-each>
    <xsl:for-each select="c:TrgtCcy">,trg,"<xsl:call-template name="formed"/>"</xsl:for-each>
    <xsl:for-each select="c:UnitCcy">,unt,"<xsl:call-template name="formed"/>"</xsl:for-each>
    <xsl:for-each select="c:XchgRate">,rat,"<xsl:call-template name="formed"/>"</xsl:for-each>
    <xsl:text>&#10;</xsl:text>
  </xsl:template>

  <!-- Transaction -->
  <xsl:template name="transaction">
    <xsl:if test="preceding-sibling::*[1][self::c:Btch]"><xsl:apply-templates select="../c:Btch" mode="b"/></xsl:if>
    <xsl:text>D</xsl:text>
    <xsl:apply-templates select="*" mode="d"/>
    <xsl:text>&#10;</xsl:text>
    <xsl:if test="c:Chrgs"><xsl:apply-templates select="c:Chrgs" mode="c"/></xsl:if>
    <xsl:if test="c:AmtDtls/*/c:CcyXchg"><xsl:apply-templates select="c:AmtDtls/*/c:CcyXchg" mode="x"/></xsl:if>
    <xsl:apply-templates select="c:RmtInf/c:Strd" mode="s"/>
  </xsl:template>
  <xsl:template match="c:Refs" mode="d"><xsl:apply-templates select="*" mode="refs"/></xsl:template>
  <xsl:template match="c:MsgId" mode="refs">,mid,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:AcctSvcrRef" mode="refs">,asr,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:PmtInfId" mode="refs">,pii,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:InstrId" mode="refs">,iid,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:EndToEndId" mode="refs">,e2e,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:UETR | c:TxId | c:MndtId | c:ChqNb | c:ClrSysRef | c:AcctOwnrTxId | c:AcctSvcrTxId | c:MktInfrstrctrTxId | c:PrcgId | c:Prtry" mode="refs"/>
  <xsl:template match="*" mode="refs">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>
  <xsl:template match="c:Amt" mode="d">,amt,"<xsl:call-template name="money"/>"</xsl:template>
  <xsl:template match="c:CdtDbtInd" mode="d">,dir,"<xsl:call-template name="formed"/>"</xsl:template>
  <xsl:template match="c:AmtDtls" mode="d"><xsl:apply-templates select="*" mode="amounts"/></xsl:template>
  <xsl:template match="c:TxAmt" mode="amounts"><xsl:for-each select="c:Amt">,tam,"<xsl:call-template name="money"/>"</xsl:for-each></xsl:template>
  <xsl:template match="c:InstdAmt" mode="amounts"><xsl:for-each select="c:Amt">,iam,"<xsl:call-template name="money"/>"</xsl:for-each></xsl:template>
  <xsl:template match="c:CntrValAmt | c:AnncdPstngAmt | c:PrtryAmt" mode="amounts"/>
  <xsl:template match="*" mode="amounts">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>
  <xsl:template match="c:BkTxCd" mode="d"><xsl:apply-templates select="*" mode="type"/></xsl:template>
  <xsl:template match="c:RltdPties" mode="d"><xsl:apply-templates select="*" mode="parties"/></xsl:template>
  <xsl:template match="c:Dbtr" mode="parties"><xsl:for-each select="c:Nm | c:Pty/c:Nm">,dnm,"<xsl:call-template name="text"/>"</xsl:for-each></xsl:template>
  <xsl:template match="c:Cdtr" mode="parties"><xsl:for-each select="c:Nm | c:Pty/c:Nm">,cnm,"<xsl:call-template name="text"/>"</xsl:for-each></xsl:template>
  <xsl:template match="c:DbtrAcct" mode="parties"><xsl:for-each select="c:Id/c:IBAN | c:Id/c:Othr/c:Id">,dac,"<xsl:call-template name="text"/>"</xsl:for-each></xsl:template>
  <xsl:template match="c:CdtrAcct" mode="parties"><xsl:for-each select="c:Id/c:IBAN | c:Id/c:Othr/c:Id">,cac,"<xsl:call-template name="text"/>"</xsl:for-each></xsl:template>
  <xsl:template match="c:InitgPty | c:UltmtDbtr | c:UltmtCdtr | c:TradgPty | c:Prtry" mode="parties"/>
  <xsl:template match="*" mode="parties">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>
  <xsl:template match="c:RmtInf" mode="d"><xsl:apply-templates select="*" mode="remittance"/></xsl:template>
  <xsl:template match="c:Ustrd" mode="remittance">,ust,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:Strd" mode="remittance"/>
  <xsl:template match="*" mode="remittance">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>
  <xsl:template match="c:RtrInf" mode="d"><xsl:apply-templates select="*" mode="return"/></xsl:template>
  <xsl:template match="c:Rsn" mode="return">,rrc,"<xsl:call-template name="code_or_proprietary"/>"</xsl:template>
  <xsl:template match="c:AddtlInf" mode="return">,rrt,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:OrgnlBkTxCd | c:Orgtr" mode="return"/>
  <xsl:template match="*" mode="return">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>
  <xsl:template match="c:AddtlTxInf" mode="d">,inf,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="c:Chrgs | c:Avlbty | c:Intrst | c:RltdAgts | c:LclInstrm | c:Purp | c:RltdRmtInf | c:RltdDts | c:RltdPric | c:RltdQties | c:FinInstrmId | c:Tax | c:CorpActn | c:SfkpgAcct | c:CshDpst | c:CardTx | c:SplmtryData" mode="d"/>
  <xsl:template match="*" mode="d">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>

  <!-- Structured remittance -->
  <xsl:template match="c:Strd" mode="s">
    <xsl:text>S</xsl:text>
    <xsl:apply-templates select="*" mode="strd"/>
    <xsl:text>&#10;</xsl:text>
    <xsl:apply-templates select="c:RfrdDocInf" mode="r"/>
  </xsl:template>
  <xsl:template match="c:RfrdDocInf | c:Invcr | c:Invcee | c:TaxRmt | c:GrnshmtRmt" mode="strd"/>
  <xsl:template match="c:RfrdDocAmt" mode="strd"><xsl:apply-templates select="*" mode="due"/></xsl:template>
  <xsl:template match="c:DuePyblAmt" mode="due">,due,"<xsl:call-template name="money"/>"</xsl:template>
  <xsl:template match="c:CdtNoteAmt" mode="due">,crn,"<xsl:call-template name="money"/>"</xsl:template>
  <xsl:template match="c:RmtdAmt" mode="due">,rmt,"<xsl:call-template name="money"/>"</xsl:template>
  <xsl:template match="c:DscntApldAmt | c:TaxAmt | c:AdjstmntAmtAndRsn" mode="due"/>
  <xsl:template match="*" mode="due">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>
  <xsl:template match="c:CdtrRefInf" mode="strd">
    <xsl:for-each select="c:Tp/c:CdOrPrtry/*">,rtp,"<xsl:call-template name="text"/>"</xsl:for-each>
    <xsl:for-each select="c:Tp/c:Issr">,iss,"<xsl:call-template name="text"/>"</xsl:for-each>
    <xsl:for-each select="c:Ref">,ref,"<xsl:call-template name="text"/>"</xsl:for-each>
  </xsl:template>
  <xsl:template match="c:AddtlRmtInf" mode="strd">,inf,"<xsl:call-template name="text"/>"</xsl:template>
  <xsl:template match="*" mode="strd">,?,"<xsl:value-of select="local-name()"/>"</xsl:template>
  <xsl:template match="c:RfrdDocInf" mode="r">
    <xsl:text>R</xsl:text>
    <xsl:for-each select="c:Tp/c:CdOrPrtry/*">,dtp,"<xsl:call-template name="text"/>"</xsl:for-each>
    <xsl:for-each select="c:Nb">,dnb,"<xsl:call-template name="text"/>"</xsl:for-each>
    <xsl:for-each select="c:RltdDt | c:RltdDt/c:Dt">
      <xsl:if test="not(*)">,ddt,"<xsl:call-template name="formed"/>"</xsl:if>
    </xsl:for-each>
    <xsl:text>&#10;</xsl:text>
  </xsl:template>
</xsl:stylesheet>
