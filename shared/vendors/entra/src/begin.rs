//! The connector's two requests. Its reader wants the elements in this order.

use crate::handle::Handle;
use quick_xml::escape::escape;

pub(crate) fn begin(upn: &str, context_id: &str) -> String {
    format!(
        "<BeginTwoWayAuthenticationRequest><Version>1.0</Version><UserPrincipalName>{}</UserPrincipalName>\
         <Lcid>en-us</Lcid><AuthenticationMethodId>PhoneAppNotification</AuthenticationMethodId>\
         <AuthenticationMethodProperties xmlns:a=\"http://schemas.microsoft.com/2003/10/Serialization/Arrays\">\
         <a:KeyValueOfstringstring><a:Key>OverrideVoiceOtp</a:Key><a:Value>false</a:Value></a:KeyValueOfstringstring>\
         </AuthenticationMethodProperties><ContextId>{}</ContextId><SyncCall>false</SyncCall>\
         <RequireUserMatch>true</RequireUserMatch><CallerName>radius</CallerName><CallerIP>UNKNOWN:</CallerIP>\
         </BeginTwoWayAuthenticationRequest>",
        escape(upn),
        escape(context_id)
    )
}

pub(crate) fn end(upn: &str, handle: &Handle) -> String {
    format!(
        "<EndTwoWayAuthenticationRequest xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <Version>1.0</Version><SessionId>{}</SessionId><ContextId>{}</ContextId><AdditionalAuthData i:nil=\"true\"/>\
         <UserPrincipalName>{}</UserPrincipalName></EndTwoWayAuthenticationRequest>",
        escape(&handle.session_id),
        escape(&handle.context_id),
        escape(upn)
    )
}
